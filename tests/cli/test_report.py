"""tools/analysis_tools/report.py writes a page of every kind of run."""

import json
import re

import numpy as np
import pytest
import torch

from mamp_plugin.evaluation.score_files import save_scores

TOOL = 'analysis_tools/report.py'


@pytest.fixture()
def report(run_tool, tmp_path):
    """Write a report; return its data."""

    def report(*arguments):
        out = tmp_path / 'new/report.html'
        assert run_tool(TOOL, *arguments, '--out', out).endswith(f'report: {out}\n')
        content = re.search(r'id="data">(.*?)</script>', out.read_text())[1]
        return json.loads(content)

    return report


def test_a_pretraining_run(train_run, report):
    folder = train_run('mamp_synthetic')
    save_scores(str(folder / 'scores.npz'), list('ab'), [0, 1], np.eye(16)[[0, 5]])
    data = report(folder, '--limit', 6, '--sequences', 2)
    (run,) = data['runs']
    assert run['state']['text'] == 'finished: epoch 1 of 1' and run['notes'] == []
    assert run['settings']['config'].endswith('mamp_synthetic.py') and run['settings']['given']
    assert {'loss', 'lr'} <= {curve['name'] for curve in data['curves']}
    scores, neighbors = data['confusion']
    assert scores['matrix'][1][5] == 1 and scores['classes'][5] == 'throw'
    assert np.sum(neighbors['matrix']) == 6 and neighbors['title'].endswith('6 of 8 evaluation sequences')
    (embedding,) = data['embedding']
    assert len(embedding['points']) == len(embedding['names']) == 6
    (player,) = data['player']
    assert [len(each['panels']) for each in player['sequences']] == [3, 3]
    assert all(each['label'] in embedding['classes'] for each in player['sequences'])


@pytest.mark.parametrize('name', ['pcm3_synthetic', 'mfp_synthetic'])
def test_methods_without_motion_prediction(name, train_run, report):
    data = report(train_run(name), '--no-features', '--sequences', 1)
    (player,) = data['player']
    titles = [panel['title'] for panel in player['sequences'][0]['panels']]
    assert data['embedding'] == [] and titles[-1] == (
        'encoder sees' if name == 'mfp_synthetic' else 'view 3: predicted'
    )
    assert ('features of a teacher' in player['note']) == (name == 'mfp_synthetic')


def test_several_runs_one_of_them_living(train_run, report):
    folder = train_run('mamp_synthetic')
    classifier = train_run(
        'mamp_synthetic', 'linear', train_cfg=dict(max_epochs=1), train_dataloader=dict(batch_size=4)
    )
    (folder / 'epoch_1.pth').unlink()
    log = next(folder.glob('*/vis_data/scalars.json'))
    log.write_text(f'{log.read_text()}{{"loss": 0.1, "it')
    data = report(folder, classifier)
    assert [run['downstream'] for run in data['runs']] == [False, True]
    assert 'has no whole checkpoint yet' in data['runs'][0]['notes'][0] and data['runs'][1]['notes'] == []
    assert data['player'] == data['embedding'] == []
    assert [(row['run'], row['metric']) for row in data['downstream']['results']][0] == (classifier.name, 'acc/top1')


def test_what_does_not_fit_is_said_in_the_page(train_run, report):
    folder = train_run('mamp_synthetic')
    checkpoint = torch.load(folder / 'epoch_1.pth', weights_only=False)
    del checkpoint['state_dict']['head.pred.weight']
    torch.save(checkpoint, folder / 'epoch_1.pth')
    (folder / 'epoch_1.pth.sha256').unlink(missing_ok=True)
    (folder / 'scores.npz').write_bytes(b'x')
    for path in folder.glob('*/vis_data/*.json'):
        path.unlink()
    notes = ' '.join(report(folder, '--sequences', 1)['runs'][0]['notes'])
    assert 'scores.npz is not a score file' in notes and 'nothing is logged yet' in notes
    assert 'does not fit its config: ' in notes and 'head.pred.weight' in notes


def test_data_sets_of_unknown_types_are_not_built(train_run, report):
    folder = train_run('mamp_synthetic')
    checkpoint = torch.load(folder / 'epoch_1.pth', weights_only=False)
    checkpoint['meta']['cfg'] = checkpoint['meta']['cfg'].replace('SyntheticSkeletonDataset', 'subprocess.run')
    torch.save(checkpoint, folder / 'epoch_1.pth')
    (folder / 'epoch_1.pth.sha256').unlink(missing_ok=True)
    notes = report(folder)['runs'][0]['notes']
    assert len(notes) == 2 and all("type 'subprocess.run', which is not registered" in note for note in notes)


def test_errors_end_in_one_line(run_tool, tmp_path):
    text, code = run_tool(TOOL, tmp_path, '--out', tmp_path / 'x.html')
    assert code == 1 and text.count('\n') == 1 and 'has no logs of a run' in text
    text, code = run_tool(TOOL, tmp_path, '--sequences', -1, '--out', tmp_path / 'x.html')
    assert code == 1 and 'give 0 for none' in text
