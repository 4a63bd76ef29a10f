// Player of skeleton sequences: panels side by side with one camera. Space plays, comma and period step, arrows orbit.
const LARGEST = 32000;
const MISSING = -32768;

function bytes(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

function unpack(panel) {
  const raw = bytes(panel.points);
  const words = new DataView(raw.buffer);
  const points = Float32Array.from({ length: raw.length / 2 }, (_, index) => {
    const value = words.getInt16(2 * index, true);
    return value === MISSING ? NaN : value / LARGEST;
  });
  return { title: panel.title, shape: panel.shape, points, bits: panel.visible === null ? null : bytes(panel.visible) };
}

function sees(panel, index) {
  return panel.bits === null || ((panel.bits[index >> 3] >> (7 - (index & 7))) & 1) === 1;
}

function player(found) {
  const flat = found.layout.dims === 2;
  const sequences = found.sequences.map((sequence) => ({ ...sequence, panels: sequence.panels.map(unpack) }));
  const state = { sequence: sequences[0], frame: 0, playing: false, speed: 1, turn: flat ? 0 : 0.35, tilt: flat ? 0 : 0.15 };
  const canvas = el('canvas', {
    tabindex: 0, role: 'application', class: flat ? 'stage' : 'stage orbits',
    'aria-label': `Skeleton player. Space plays and pauses, comma and period step${flat ? '' : ', arrow keys turn the view'}, 0 resets it.` });
  const body = el('div', { class: 'plot' }, canvas);
  const title = el('p', { class: 'fine' });
  const play = el('button', { type: 'button', class: 'primary', onclick: () => toggle() }, 'Play');
  const scrub = el('input', { type: 'range', min: 0, value: 0, 'aria-label': 'Frame', class: 'scrub', oninput: (event) => step(Number(event.target.value) - state.frame) });
  const clock = el('output', { class: 'clock' });
  let width = 0;
  let last = 0;
  let carry = 0;

  const length = () => state.sequence.panels[0].shape[1];

  // Extent of all panels, seen from all sides, so that orbiting changes no size.
  function extent() {
    const reach = [0, 0];
    for (const panel of state.sequence.panels) {
      const dims = panel.shape[3];
      for (let index = 0; index < panel.points.length; index += dims) {
        const [x, y, z] = [panel.points[index], panel.points[index + 1], dims > 2 ? panel.points[index + 2] : 0];
        if (Number.isNaN(x)) continue;
        reach[0] = Math.max(reach[0], Math.hypot(x, z));
        reach[1] = Math.max(reach[1], Math.abs(y));
      }
    }
    return reach;
  }

  function projected(panel, person, joint) {
    const [, frames, joints, dims] = panel.shape;
    const index = ((person * frames + state.frame) * joints + joint) * dims;
    const [x, y, z] = [panel.points[index], panel.points[index + 1], dims > 2 ? panel.points[index + 2] : 0];
    const depth = z * Math.cos(state.turn) - x * Math.sin(state.turn);
    return [x * Math.cos(state.turn) + z * Math.sin(state.turn), y * Math.cos(state.tilt) + depth * Math.sin(state.tilt)];
  }

  function drawPanel(pen, panel, left, size, top, height, tones) {
    const { reach } = state;
    const scale = Math.min((size * 0.47) / (reach[0] || 1), (height * 0.46) / (reach[1] * 1.05 || 1));
    const [persons, frames, joints] = panel.shape;
    pen.save();
    pen.beginPath();
    pen.rect(left, top, size, height);
    pen.clip();
    for (let person = persons - 1; person >= 0; person -= 1) {
      const places = Array.from({ length: joints }, (_, joint) => {
        const [x, y] = projected(panel, person, joint);
        return [left + size / 2 + scale * x, top + height / 2 - scale * y];
      });
      const seen = (joint) => sees(panel, (person * frames + state.frame) * joints + joint);
      const tone = (joint) => tones[`${found.layout.sides[joint]}${Math.min(person, 1)}`];
      pen.lineCap = 'round';
      pen.lineWidth = size > 200 ? 3 : 2;
      for (const [child, parent] of found.layout.bones) {
        if (Number.isNaN(places[child][0]) || Number.isNaN(places[parent][0])) continue;
        pen.globalAlpha = seen(child) && seen(parent) ? 1 : panel.title.includes('predicted') ? 0.7 : 0.22;
        pen.strokeStyle = tone(child);
        pen.beginPath();
        pen.moveTo(...places[child]);
        pen.lineTo(...places[parent]);
        pen.stroke();
      }
      pen.globalAlpha = 1;
      places.forEach(([x, y], joint) => {
        if (panel.bits === null || Number.isNaN(x) || !seen(joint)) return;
        pen.fillStyle = tone(joint);
        pen.beginPath();
        pen.arc(x, y, size > 200 ? 3.6 : 2.4, 0, 7);
        pen.fill();
      });
    }
    pen.restore();
  }

  function draw() {
    if (!width) return;
    const panels = state.sequence.panels;
    const columns = width < 520 && panels.length > 3 ? 2 : panels.length;
    const size = width / columns;
    const rows = Math.ceil(panels.length / columns);
    const height = Math.max(170, Math.min(360, size * 1.15));
    const pen = context(canvas, width, rows * (height + 26));
    const tones = Object.fromEntries(['trunk', 'left', 'right'].flatMap((side) => [0, 1].map((person) => [`${side}${person}`, color(`${side}${person}`)])));
    pen.font = '600 12px system-ui, sans-serif';
    pen.textAlign = 'center';
    panels.forEach((panel, index) => {
      const left = (index % columns) * size;
      const top = Math.floor(index / columns) * (height + 26);
      pen.fillStyle = color('stage');
      pen.fillRect(left + 2, top, size - 4, height + 22);
      pen.fillStyle = color('ink');
      pen.fillText(panel.title, left + size / 2, top + 16, size - 10);
      drawPanel(pen, panel, left + 2, size - 4, top + 22, height, tones);
    });
    scrub.value = state.frame;
    clock.textContent = `frame ${state.frame + 1} of ${length()}`;
    canvas.dataset.frame = state.frame;
  }

  function step(by) {
    state.frame = (state.frame + by + length()) % length();
    draw();
  }

  function toggle(on = !state.playing) {
    state.playing = on;
    play.textContent = on ? 'Pause' : 'Play';
    last = 0;
    if (on) requestAnimationFrame(tick);
  }

  function tick(now) {
    if (!state.playing || !canvas.isConnected) return toggle(false);
    carry += last ? ((now - last) / 1000) * 12 * state.speed : 0;
    last = now;
    if (carry >= 1) {
      step(Math.floor(carry));
      carry %= 1;
    }
    return requestAnimationFrame(tick);
  }

  function orbit(turn, tilt) {
    if (flat) return;
    state.turn += turn;
    state.tilt = Math.max(-1.5, Math.min(1.5, state.tilt + tilt));
    draw();
  }

  function reset() {
    Object.assign(state, { turn: flat ? 0 : 0.35, tilt: flat ? 0 : 0.15 });
    draw();
  }

  function choose(index) {
    state.sequence = sequences[index];
    state.reach = extent();
    state.frame = Math.floor(length() / 2); // a prediction starts from the true pose and departs from it
    scrub.max = length() - 1;
    title.textContent = `${state.sequence.label}, ${state.sequence.name}`;
    draw();
  }

  const keys = {
    ' ': () => toggle(), ',': () => step(-1), '.': () => step(1), 0: reset,
    ArrowLeft: () => orbit(-0.12, 0), ArrowRight: () => orbit(0.12, 0), ArrowUp: () => orbit(0, 0.12), ArrowDown: () => orbit(0, -0.12) };
  canvas.addEventListener('keydown', (event) => {
    if (!keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  });
  let grip = [0, 0];
  canvas.addEventListener('pointerdown', (event) => {
    canvas.setPointerCapture(event.pointerId);
    grip = [event.clientX, event.clientY];
  });
  canvas.addEventListener('pointermove', (event) => {
    if (!canvas.hasPointerCapture(event.pointerId)) return;
    orbit((event.clientX - grip[0]) * 0.01, (event.clientY - grip[1]) * 0.01);
    grip = [event.clientX, event.clientY];
  });
  drawn(body, (found_) => {
    width = found_;
    draw();
  });
  choose(0);
  const names = sequences.map((sequence) => `${sequence.label}, ${sequence.name}`);
  return el('article', { class: 'card' }, el('h3', {}, data.runs[found.run].name),
    el('div', { class: 'controls' }, chooser('Sequence', names, choose), sequences.length > 1 ? null : title), body,
    el('div', { class: 'controls transport' },
      play, el('button', { type: 'button', 'aria-label': 'One frame back', onclick: () => step(-1) }, '‹'),
      el('button', { type: 'button', 'aria-label': 'One frame on', onclick: () => step(1) }, '›'), scrub, clock,
      el('label', { class: 'field' }, 'Speed', el('select', { onchange: (event) => { state.speed = Number(event.target.value); } },
        [0.25, 0.5, 1, 2].map((speed) => el('option', { value: speed, selected: speed === 1 }, `${speed}×`)))),
      flat ? null : el('button', { type: 'button', class: 'quiet', onclick: reset }, 'Reset view')),
    el('p', { class: 'fine key' }, ...[['trunk0', 'trunk'], ['left0', 'left'], ['right0', 'right']].map(([name, text]) => el('span', {}, dot(`var(--${name})`), text)),
      el('span', {}, 'other persons: lighter')),
    el('p', { class: 'fine' }, `${found.note} ${flat ? '' : 'Drag or use the arrow keys to turn the view. '}Space plays, comma and period step.`));
}
