// Confusion matrix with accuracy per class, and features on a plane.
function shares(found) {
  return found.matrix.map((row) => {
    const total = row.reduce((sum, value) => sum + value, 0);
    return { total, row: row.map((value) => (total ? value / total : 0)) };
  });
}

function confusion(found) {
  const parts = shares(found);
  const count = found.classes.length;
  const right = found.matrix.reduce((sum, row, index) => sum + row[index], 0);
  const total = parts.reduce((sum, part) => sum + part.total, 0);
  const known = parts.map((part, index) => ({ name: found.classes[index], total: part.total, share: part.row[index] })).filter((each) => each.total);
  const mean = known.reduce((sum, each) => sum + each.share, 0) / (known.length || 1);
  const canvas = el('canvas', { role: 'img', 'aria-label': `Confusion matrix of ${count} classes; the lists beside it say the same in words` });
  const body = el('div', { class: 'plot' }, canvas);
  const named = count <= 40;
  let cell = 0;
  let edge = 0;

  drawn(body, (width) => {
    const pen = context(canvas, width, 10);
    pen.font = '11px system-ui, sans-serif';
    const names = found.classes.map((name) => (name.length > 16 ? `${name.slice(0, 15)}…` : name));
    edge = named ? Math.min(width * 0.3, Math.max(...names.map((name) => pen.measureText(name).width)) + 10) : 14;
    cell = Math.min((width - edge - 2) / count, 30);
    const area = context(canvas, width, edge + cell * count + 4);
    area.font = `${Math.min(11, Math.max(8, cell - 1))}px system-ui, sans-serif`;
    area.textBaseline = 'middle';
    parts.forEach((part, row) => part.row.forEach((share, column) => {
      area.fillStyle = color('cell');
      area.fillRect(edge + column * cell, edge + row * cell, cell - (cell > 6 ? 1 : 0), cell - (cell > 6 ? 1 : 0));
      if (!share) return;
      area.globalAlpha = 0.15 + 0.85 * share;
      area.fillStyle = color(row === column ? 'good' : 'bad');
      area.fillRect(edge + column * cell, edge + row * cell, cell - (cell > 6 ? 1 : 0), cell - (cell > 6 ? 1 : 0));
      area.globalAlpha = 1;
    }));
    if (!named) return;
    area.fillStyle = color('soft');
    names.forEach((name, index) => {
      area.textAlign = 'right';
      area.fillText(name, edge - 5, edge + (index + 0.5) * cell, edge - 6);
      area.save();
      area.translate(edge + (index + 0.5) * cell, edge - 5);
      area.rotate(-Math.PI / 2);
      area.textAlign = 'left';
      area.fillText(name, 0, 0, edge - 6);
      area.restore();
    });
  });
  canvas.addEventListener('pointermove', (event) => {
    const box = canvas.getBoundingClientRect();
    const column = Math.floor((event.clientX - box.left - edge) / cell);
    const row = Math.floor((event.clientY - box.top - edge) / cell);
    if (row < 0 || column < 0 || row >= count || column >= count) return hideTip();
    return showTip(event.clientX, event.clientY, el('strong', {}, `true: ${found.classes[row]}`), `predicted: ${found.classes[column]}`,
      `${found.matrix[row][column]} of ${parts[row].total} (${(100 * parts[row].row[column]).toFixed(0)} %)`);
  });
  canvas.addEventListener('pointerleave', hideTip);

  const wrong = parts.flatMap((part, row) => part.row.map((share, column) => ({ row, column, share })))
    .filter((each) => each.row !== each.column && each.share > 0).sort((a, b) => b.share - a.share).slice(0, 6);
  const sorted = known.slice().sort((a, b) => a.share - b.share);
  return el('article', { class: 'card' }, el('h3', {}, data.runs[found.run].name),
    el('p', { class: 'fine' }, `${found.title}: ${(100 * right / (total || 1)).toFixed(1)} % of ${total}, mean of classes ${(100 * mean).toFixed(1)} %`),
    el('div', { class: 'columns' },
      el('div', {}, body, el('p', { class: 'fine' }, 'Rows: true class, columns: predicted class.')),
      el('div', {}, el('div', { class: 'tall' }, table('Accuracy per class, lowest first', ['class', '%', 'sequences'], sorted.map((each) => el('tr', {},
        el('th', { scope: 'row' }, each.name), percent(100 * each.share, (100 * each.share).toFixed(0)), el('td', { class: 'number' }, each.total))))),
      el('h4', {}, 'Most confused'),
      wrong.length ? el('ul', { class: 'fine' }, wrong.map((each) => el('li', {}, `${found.classes[each.row]} taken for ${found.classes[each.column]}: ${(100 * each.share).toFixed(0)} %`)))
        : el('p', { class: 'fine' }, 'no class with another'))));
}

function hue(label, dark) {
  return `hsl(${(label * 137.5) % 360} ${dark ? 75 : 70}% ${(dark ? 66 : 42) + (Math.floor(label / 8) % 2) * 8}%)`;
}

function isDark() {
  return getComputedStyle(root).colorScheme.trim() === 'dark';
}

function embedding(found) {
  const canvas = el('canvas', { role: 'img', 'aria-label': `${found.title}: a point for each of ${found.points.length} sequences, colored by class` });
  const body = el('div', { class: 'plot' }, canvas);
  const labels = [...new Set(found.labels)].sort((a, b) => a - b);
  let places = [];
  let only = null;
  let size = [1, 1];

  function draw() {
    const pen = context(canvas, ...size);
    found.points.forEach((point, index) => {
      const label = found.labels[index];
      pen.globalAlpha = only === null || only === label ? 0.85 : 0.08;
      pen.fillStyle = hue(label, isDark());
      pen.beginPath();
      const [x, y] = places[index];
      if (label % 3 === 1) pen.rect(x - 3, y - 3, 6, 6);
      else if (label % 3 === 2) pen.lineTo(x - 4, y + 3), pen.lineTo(x + 4, y + 3), pen.lineTo(x, y - 4);
      else pen.arc(x, y, 3.4, 0, 7);
      pen.fill();
    });
    pen.globalAlpha = 1;
  }

  drawn(body, (width) => {
    size = [width, Math.min(width * 0.8, 480)];
    const [left, right] = bounds(found.points.map((point) => point[0]));
    const [low, high] = bounds(found.points.map((point) => point[1]));
    places = found.points.map(([x, y]) => [14 + ((x - left) / (right - left)) * (size[0] - 28), 14 + ((high - y) / (high - low)) * (size[1] - 28)]);
    draw();
  });
  canvas.addEventListener('pointermove', (event) => {
    const box = canvas.getBoundingClientRect();
    const near = places.map(([x, y], index) => [Math.hypot(event.clientX - box.left - x, event.clientY - box.top - y), index])
      .filter(([, index]) => only === null || only === found.labels[index]).sort((a, b) => a[0] - b[0])[0];
    if (!near || near[0] > 14) return hideTip();
    return showTip(event.clientX, event.clientY, el('strong', {}, found.classes[found.labels[near[1]]]), found.names[near[1]]);
  });
  canvas.addEventListener('pointerleave', hideTip);
  const chips = el('div', { class: 'chips', role: 'group', 'aria-label': 'Show one class' });
  const swatches = [];
  labels.forEach((label) => {
    const swatch = dot(hue(label, isDark()));
    swatches.push([label, swatch]);
    chips.append(el('button', { type: 'button', class: 'chip small', 'aria-pressed': 'false', onclick: () => {
      only = only === label ? null : label;
      [...chips.children].forEach((chip, index) => chip.setAttribute('aria-pressed', String(labels[index] === only)));
      draw();
    } }, swatch, found.classes[label]));
  });
  redraws.push(() => swatches.forEach(([label, swatch]) => { swatch.style.background = hue(label, isDark()); }));
  return el('article', { class: 'card' }, el('h3', {}, data.runs[found.run].name), el('p', { class: 'fine' }, found.title),
    el('div', { class: 'columns' }, body, el('div', {}, el('h4', {}, 'Classes'), chips)));
}

// Several contents in one place, of which one is shown.
function switched(label, items, make, none) {
  if (!items.length) return [none];
  const place = el('div', {});
  const names = items.map((item) => (item.title ? `${data.runs[item.run].name}: ${item.title}` : data.runs[item.run].name));
  const made = [];
  const show = (index) => {
    made[index] = made[index] || make(items[index]);
    place.replaceChildren(made[index]);
  };
  show(0);
  return [chooser(label, names, show), place].filter(Boolean);
}
