// The page, top to bottom.
const noFeatures = () => empty('No features were computed: see the notes of the runs, or leave out --no-features.');
document.getElementById('theme').addEventListener('click', () => setTheme(isDark() ? 'light' : 'dark'));
document.getElementById('theme').textContent = isDark() ? 'Light' : 'Dark';
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
  if (!root.dataset.theme) redraws.forEach((redraw) => redraw());
});
document.title = `Report: ${data.runs.map((run) => run.name).join(', ')}`;

document.getElementById('content').append(strip());
section('downstream', 'Accuracy', ...downstream());
section('curves', 'Curves', ...curves());
section('player', 'Sequences', ...switched('Run', data.player.filter((each) => each.sequences.length), player,
  empty('No sequences to play: see the notes of the runs, or give --sequences a number.')));
section('embedding', 'Features', ...switched('Run', data.embedding, embedding, noFeatures()));
section('confusion', 'Classes', ...switched('Source', data.confusion, confusion,
  empty('No confusion matrix: scores come from ', el('code', {}, 'tools/test.py … --dump WORK_DIR/scores.npz'), ', or from features if the run has a checkpoint.')));
section('runs', 'Runs', el('div', { class: 'grid2 wide' }, data.runs.map(runCard)));
document.querySelector('footer').append(el('p', {}, `Written ${data.written} by mamp-plugin.`));
