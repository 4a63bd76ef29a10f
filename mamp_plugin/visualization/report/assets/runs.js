// Summary strip, cards of the runs with their settings, and the tables of downstream accuracy.
function strip() {
  const cards = data.runs.map((run, index) => {
    const losses = data.curves.filter((curve) => curve.run === index && curve.name === 'loss');
    const loss = losses.length ? losses[0].y.filter((value) => value !== null).at(-1) : undefined;
    const best = headline(index);
    return el('li', { class: 'card' },
      el('h3', {}, dot(runColor(index)), run.name),
      el('p', { class: `state ${run.state.finished ? 'done' : ''}` }, run.state.text),
      el('dl', { class: 'figures' },
        el('div', {}, el('dt', {}, 'last loss'), el('dd', {}, number(loss))),
        best && el('div', {}, el('dt', {}, best[0]), el('dd', {}, best[1]))),
      run.state.total ? progress(run.state) : null);
  });
  return el('ul', { class: 'strip', 'aria-label': 'Runs at a glance' }, cards);
}

function progress(state) {
  const share = Math.min(1, state.done / state.total);
  const bar = el('span', {});
  bar.style.width = `${100 * share}%`;
  return el('div', { class: 'progress', role: 'img', 'aria-label': `${Math.round(100 * share)} % done` }, bar);
}

// The figure that says most about a run: a downstream accuracy, k-NN in training, or a probe in its work dir.
function headline(index) {
  const run = data.runs[index];
  const result = data.downstream.results.find((row) => row.run === run.name && row.metric === 'acc/top1');
  if (result) return ['top-1', `${number(100 * result.value, 3)} %`];
  const probe = data.downstream.probes.find((each) => each.run === run.name);
  const row = probe && probe.rows.at(-1);
  if (row && typeof row.linear === 'number') return ['linear probe', `${number(row.linear, 3)} %`];
  const knn = data.curves.find((curve) => curve.run === index && curve.name.startsWith('knn'));
  return knn ? [knn.name, number(knn.y.at(-1), 3)] : null;
}

function runCard(run, index) {
  const notes = run.notes.map((note) => el('p', { class: 'note' }, note));
  const facts = run.facts.map(([name, text]) => [el('dt', {}, name), el('dd', {}, text)]);
  return el('article', { class: 'card' },
    el('h3', {}, dot(runColor(index)), run.name, el('span', { class: 'tag' }, run.downstream ? 'downstream' : 'pretraining')),
    notes, el('dl', { class: 'facts' }, facts), settings(run.settings),
    fold('Environment', el('dl', { class: 'facts' },
      run.environment.map(([name, text]) => [el('dt', {}, name), el('dd', {}, text)])), run.environment.length));
}

function settings(found) {
  if (found.note) return el('p', { class: 'note' }, `No settings to compare: ${found.note}.`);
  const count = (rows) => `${rows.length} setting${rows.length === 1 ? '' : 's'}`;
  return el('div', {},
    fold(`Config over its bases: ${count(found.own)}`, [
      el('p', { class: 'fine' }, found.bases.length ? `${found.config} over ${found.bases.join(', ')}` : `${found.config} has no bases`),
      differences('Settings of the config file', found.own, 'base')], found.own.length),
    fold(`Command line and recipe: ${count(found.given)}`,
      differences('Settings that differ from the config file', found.given, 'config file'), found.given.length));
}

function fold(title, content, has) {
  return has ? el('details', {}, el('summary', {}, title), ...[content].flat()) : el('p', { class: 'fine' }, `${title}.`);
}

function differences(caption, rows, former) {
  return table(caption, ['setting', 'value', former], rows.map((row) => el('tr', {},
    el('th', { scope: 'row' }, el('code', {}, row.key)),
    el('td', {}, row.value ? el('code', {}, row.value) : el('em', {}, 'removed')),
    el('td', {}, row.base ? el('code', {}, row.base) : '–'))));
}

function percent(value, text) {
  if (typeof value !== 'number') return el('td', { class: 'number' }, '–');
  const bar = el('span', { class: 'meter', 'aria-hidden': 'true' }, el('span', {}));
  bar.firstChild.style.width = `${Math.max(0, Math.min(100, value))}%`;
  return el('td', { class: 'number' }, el('span', {}, text || value.toFixed(1)), bar);
}

function probeTable(probe) {
  const facts = [probe.config, probe.data && `data ${probe.data}`, probe.readout && `readout ${probe.readout}`, probe.whiten && `whitened to ${probe.whiten}`];
  const rows = probe.rows.map((row) => el('tr', {},
    el('th', { scope: 'row' }, row.weights, ['raw poses', 'random'].includes(row.weights) && el('span', { class: 'tag' }, 'baseline')),
    percent(row.neighbor), percent(row.linear),
    el('td', {}, row.converged === false ? 'the linear solver did not converge' : '')));
  return el('article', { class: 'card' }, el('h3', {}, probe.source), el('p', { class: 'fine' }, facts.filter(Boolean).join(', ')),
    table('Accuracy of frozen features, %', ['weights', '1-NN', 'linear', ''], rows));
}

function resultTable(results) {
  const rows = results.map((row) => {
    const share = row.metric.startsWith('acc') && typeof row.value === 'number' && row.value <= 1;
    const factor = share ? 100 : 1;
    const spread = typeof row.std === 'number' ? ` ± ${number(factor * row.std, 2)}` : '';
    const text = share ? (100 * row.value).toFixed(1) + spread : number(row.value) + spread;
    return el('tr', {}, el('th', { scope: 'row' }, row.run), el('td', {}, row.task), el('td', {}, row.what),
      el('td', {}, row.metric), share ? percent(100 * row.value, text) : el('td', { class: 'number' }, text),
      el('td', { class: 'number' }, row.runs));
  });
  return el('article', { class: 'card' }, el('h3', {}, 'Downstream runs'),
    table('Final metrics, accuracies in %', ['run', 'head', 'from', 'metric', 'value', 'runs'], rows));
}

function downstream() {
  const { probes, results } = data.downstream;
  const none = empty('No accuracy of the features is in the work dirs. This command makes it: ',
    el('code', {}, 'python tools/analysis_tools/probe.py CONFIG CHECKPOINT --out WORK_DIR/probe.json'),
    ' A downstream run does, too, given as a further work dir: ',
    el('code', {}, 'python tools/train.py CONFIG --recipe linear --cfg-options load_from=CHECKPOINT'));
  return [probes.length ? el('div', { class: 'grid2 wide' }, probes.map(probeTable)) : null, results.length ? resultTable(results) : null, probes.length || results.length ? null : none];
}
