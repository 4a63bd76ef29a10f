// Curves as SVG: one chart for a scalar, one line for a run. Hover and arrow keys show values.
const view = { smooth: 0, log: false };
const ASIDE = ['time', 'data_time', 'memory', 'base_lr', 'samples_per_second'];
// Charts that are always open; on a narrow screen the rest opens on demand.
const FIRST = 6;
const MARGIN = { left: 52, right: 12, top: 10, bottom: 30 };

function chartGroups() {
  const groups = new Map();
  for (const curve of data.curves) {
    const key = `${curve.name} over ${curve.axis}`;
    if (!groups.has(key)) groups.set(key, { name: curve.name, axis: curve.axis, curves: [] });
    groups.get(key).curves.push(curve);
  }
  const rank = (name) => (name === 'loss' ? 0 : name.startsWith('knn') ? 1 : name === 'acc/top1' ? 2 : name === 'lr' ? 3 : name.startsWith('grad') ? 4
    : name.startsWith('loss') ? 5 : name.startsWith('acc/') ? 6 : ASIDE.includes(name) ? 9 : 7);
  return [...groups.values()].sort((a, b) => rank(a.name) - rank(b.name));
}

// Exponential mean, corrected for its start as in Adam.
function smoothed(values, weight) {
  if (!weight) return values;
  let mean = 0;
  let total = 0;
  return values.map((value) => {
    if (value === null) return null;
    mean = weight * mean + (1 - weight) * value;
    total = weight * total + 1 - weight;
    return mean / total;
  });
}

function ticks(low, high, count) {
  const raw = (high - low) / count || 1;
  const unit = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((times) => times * unit).find((each) => each >= raw * 0.999);
  const found = [];
  for (let index = Math.ceil(low / step - 1e-9); index * step <= high + step * 1e-9; index += 1) found.push(index * step);
  return found;
}

function bounds(values) {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return low === high ? [low - (Math.abs(low) * 0.1 || 1), high + (Math.abs(high) * 0.1 || 1)] : [low, high];
}

function chart(group) {
  const frame = svg('svg', { role: 'img', tabindex: 0 });
  const body = el('div', { class: 'plot' }, frame);
  const card = el('figure', { class: 'card chart' },
    el('figcaption', {}, el('h3', {}, group.name), el('span', { class: 'fine' }, `over ${group.axis}s`)), body);
  let lines = [];
  let scales = null;
  let at = null;

  function draw(width) {
    const height = width < 420 ? 170 : 220;
    lines = group.curves.filter((curve) => !hidden.has(curve.run)).map((curve) => ({ ...curve, shown: smoothed(curve.y, view.smooth) }));
    const log = view.log && lines.every((line) => line.shown.every((value) => value === null || value > 0));
    const flat = lines.flatMap((line) => line.shown.filter((value) => value !== null)).map((value) => (log ? Math.log10(value) : value));
    frame.replaceChildren();
    fill(frame, { viewBox: `0 0 ${width} ${height}`, width, height, 'aria-label': describe() }, []);
    scales = null;
    if (!flat.length) {
      frame.append(svg('text', { x: width / 2, y: height / 2, class: 'axis', 'text-anchor': 'middle' }, 'no run is shown'));
      return;
    }
    const [left, right] = bounds(lines.flatMap((line) => line.x));
    let [low, high] = bounds(flat);
    const room = (high - low) * 0.06;
    [low, high] = [low - room, high + room];
    const inner = { width: width - MARGIN.left - MARGIN.right, height: height - MARGIN.top - MARGIN.bottom };
    const x = (value) => MARGIN.left + ((value - left) / (right - left)) * inner.width;
    const y = (value) => MARGIN.top + (1 - ((log ? Math.log10(value) : value) - low) / (high - low)) * inner.height;
    scales = { x, y, left, right, width, height };
    grid(log, low, high, y);
    for (const value of ticks(left, right, Math.max(2, inner.width / 90))) {
      if (Number.isInteger(value)) frame.append(svg('text', { x: x(value), y: height - 10, class: 'axis', 'text-anchor': 'middle' }, number(value)));
    }
    for (const line of lines) {
      if (view.smooth) frame.append(path(line.x, line.y, log, 'faint', line.run));
      frame.append(path(line.x, line.shown, log, 'line', line.run));
      if (line.x.length < 30) frame.append(...points(line));
    }
    frame.append(svg('g', { class: 'cursor' }));
  }

  function grid(log, low, high, y) {
    for (const value of ticks(low, high, 4)) {
      const place = y(log ? 10 ** value : value);
      frame.append(svg('line', { x1: MARGIN.left, x2: scales.width - MARGIN.right, y1: place, y2: place, class: 'grid' }),
        svg('text', { x: MARGIN.left - 6, y: place + 4, class: 'axis', 'text-anchor': 'end' }, number(log ? 10 ** value : value, 3)));
    }
  }

  function path(xs, ys, log, kind, run) {
    let text = '';
    let pen = 'M';
    xs.forEach((value, index) => {
      const height = ys[index];
      if (height === null || (log && height <= 0)) {
        pen = 'M';
        return;
      }
      text += `${pen}${scales.x(value).toFixed(1)} ${scales.y(height).toFixed(1)}`;
      pen = 'L';
    });
    const node = svg('path', { d: text, class: kind });
    node.style.stroke = runColor(run);
    return node;
  }

  function points(line) {
    return line.x.map((value, index) => {
      if (line.shown[index] === null) return null;
      const node = svg('circle', { cx: scales.x(value), cy: scales.y(line.shown[index]), r: 2.5 });
      node.style.fill = runColor(line.run);
      return node;
    }).filter(Boolean);
  }

  function describe() {
    return `${group.name} over ${group.axis}s. ${lines.map((line) => `${data.runs[line.run].name}: last ${number(line.y.at(-1))}`).join('; ')}. Arrow keys show values.`;
  }

  function nearest(line, step) {
    let best = 0;
    line.x.forEach((value, index) => {
      if (Math.abs(value - step) < Math.abs(line.x[best] - step)) best = index;
    });
    return best;
  }

  function point(step) {
    if (!scales) return;
    const found = lines.map((line) => ({ line, index: nearest(line, step) }));
    const closest = found.reduce((a, b) => (Math.abs(b.line.x[b.index] - step) < Math.abs(a.line.x[a.index] - step) ? b : a));
    at = closest.line.x[closest.index];
    const place = scales.x(at);
    const cursor = frame.querySelector('.cursor');
    cursor.replaceChildren(svg('line', { x1: place, x2: place, y1: MARGIN.top, y2: scales.height - MARGIN.bottom }));
    const rows = found.map(({ line, index }) => el('div', {}, dot(runColor(line.run)),
      `${data.runs[line.run].name}: ${number(line.y[index])}${line.x[index] === at ? '' : ` at ${number(line.x[index])}`}`));
    const box = frame.getBoundingClientRect();
    showTip(box.left + place, box.top + 20, el('strong', {}, `${group.axis} ${number(at)}`), ...rows);
  }

  function leave() {
    const cursor = frame.querySelector('.cursor');
    if (cursor) cursor.replaceChildren();
    hideTip();
  }

  frame.addEventListener('pointermove', (event) => {
    if (!scales) return;
    const share = (event.clientX - frame.getBoundingClientRect().left - MARGIN.left) / (scales.width - MARGIN.left - MARGIN.right);
    point(scales.left + share * (scales.right - scales.left));
  });
  frame.addEventListener('pointerleave', leave);
  frame.addEventListener('blur', leave);
  frame.addEventListener('keydown', (event) => {
    const way = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!way || !scales) return;
    event.preventDefault();
    const steps = [...new Set(lines.flatMap((line) => line.x))].sort((a, b) => a - b);
    const place = at === null ? -1 : steps.indexOf(at);
    point(steps[Math.max(0, Math.min(steps.length - 1, place + way))]);
  });
  drawn(body, draw);
  return card;
}

function legend() {
  const redraw = () => redraws.forEach((each) => each());
  const buttons = data.runs.map((run, index) => el('button', {
    type: 'button', class: 'chip', 'aria-pressed': 'true', onclick: (event) => {
      if (!hidden.delete(index)) hidden.add(index);
      event.currentTarget.setAttribute('aria-pressed', String(!hidden.has(index)));
      redraw();
    } }, dot(runColor(index)), run.name));
  return el('div', { class: 'controls' },
    el('div', { role: 'group', 'aria-label': 'Runs to show', class: 'chips' }, buttons),
    el('label', { class: 'field' }, 'Smoothing', el('input', {
      type: 'range', min: 0, max: 0.98, step: 0.02, value: 0, oninput: (event) => {
        view.smooth = Number(event.target.value);
        redraw();
      } })),
    el('label', { class: 'field' }, el('input', {
      type: 'checkbox', onchange: (event) => {
        view.log = event.target.checked;
        redraw();
      } }), 'logarithmic'));
}

function curves() {
  const groups = chartGroups();
  if (!groups.length) return [empty('No scalars are logged yet.')];
  const main = groups.filter((group) => !ASIDE.includes(group.name));
  const aside = groups.filter((group) => ASIDE.includes(group.name));
  const more = (title, some, open) => some.length ? el('details', { open }, el('summary', {}, `${title}: ${some.length} more`), el('div', { class: 'grid2' }, some.map(chart))) : null;
  return [legend(), el('div', { class: 'grid2' }, main.slice(0, FIRST).map(chart)),
    more('Parts of the loss and others', main.slice(FIRST), root.clientWidth > 700), more('Time and memory', aside, false)];
}
