// Elements, colors, tooltip and numbers that all parts share. Texts of the data only ever become text nodes.
const data = JSON.parse(document.getElementById('data').textContent);
const SVG = 'http://www.w3.org/2000/svg';
const root = document.documentElement;
const tip = document.getElementById('tip');
const redraws = [];
const hidden = new Set();

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, '');
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children.flat(Infinity).filter((child) => child || child === 0));
  return node;
}

function el(tag, attributes, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

function svg(tag, attributes, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function section(id, title, ...children) {
  document.querySelector('header nav').append(el('a', { href: `#${id}` }, title));
  const node = el('section', { id, 'aria-labelledby': `${id}-title` }, el('h2', { id: `${id}-title` }, title));
  node.append(...children.filter(Boolean));
  document.getElementById('content').append(node);
  return node;
}

// A table that scrolls inside of itself.
function table(caption, head, rows) {
  return el('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': caption },
    el('table', {}, el('caption', {}, caption),
      el('thead', {}, el('tr', {}, head.map((name) => el('th', { scope: 'col' }, name)))),
      el('tbody', {}, rows)));
}

function number(value, digits = 4) {
  if (typeof value !== 'number') return '–';
  const size = Math.abs(value);
  if (value !== 0 && (size < 1e-3 || size >= 1e6)) return value.toExponential(2);
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(digits)));
}

function color(name) {
  return getComputedStyle(root).getPropertyValue(`--${name}`).trim();
}

function runColor(run) {
  return `var(--run${run % 8})`;
}

function dot(background) {
  const node = el('span', { class: 'dot', 'aria-hidden': 'true' });
  node.style.background = background;
  return node;
}

function showTip(x, y, ...lines) {
  tip.replaceChildren(...lines.map((line) => (line instanceof Node ? line : el('div', {}, line))));
  tip.hidden = false;
  const box = tip.getBoundingClientRect();
  const left = x + 14 + box.width > root.clientWidth ? x - 14 - box.width : x + 14;
  tip.style.left = `${Math.max(4, left)}px`;
  tip.style.top = `${Math.max(4, Math.min(y + 14, window.innerHeight - box.height - 4))}px`;
}

function hideTip() {
  tip.hidden = true;
}

// Calls draw with its width now, on a change of it, and on a change of colors.
function drawn(node, draw) {
  let width = 0;
  const again = () => width && draw(width);
  redraws.push(again);
  new ResizeObserver(() => {
    if (Math.round(node.clientWidth) === width) return;
    width = Math.round(node.clientWidth);
    again();
  }).observe(node);
}

// Prepares a canvas for sharp drawing and returns its context.
function context(canvas, width, height) {
  const scale = window.devicePixelRatio || 1;
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  canvas.style.height = `${height}px`;
  const pen = canvas.getContext('2d');
  pen.setTransform(scale, 0, 0, scale, 0, 0);
  pen.clearRect(0, 0, width, height);
  return pen;
}

// A labeled choice among contents of several runs; with one there is nothing to choose.
function chooser(label, names, choose) {
  if (names.length < 2) return null;
  return el('label', { class: 'field' }, label,
    el('select', { onchange: (event) => choose(Number(event.target.value)) },
      names.map((name, index) => el('option', { value: index }, name))));
}

function empty(...children) {
  return el('p', { class: 'empty' }, ...children);
}

function setTheme(theme) {
  root.dataset.theme = theme;
  const button = document.getElementById('theme');
  button.textContent = theme === 'dark' ? 'Light' : 'Dark';
  redraws.forEach((redraw) => redraw());
}
