"""Projection and drawing of skeletons: every layout, upright, without what is missing."""

import sys

import numpy as np
import pytest

from mamp_plugin.skeletons import LAYOUTS
from mamp_plugin.visualization.looks import (
    DARK,
    LIGHT,
    MOVING_FORMATS,
    as_image,
    check_output,
    new_figure,
    save_animation,
)
from mamp_plugin.visualization.skeletons import limits, part_order, project
from mamp_plugin.visualization.strips import Strip, moving_figure, strips_figure

pytest.importorskip('matplotlib')
NTU = LAYOUTS['nturgb+d']


def standing(up=(0, 1, 0)):
    """A frame of a body along an axis, whose head is 1 above its hips."""
    body = np.random.rand(1, 1, NTU.num_joints, 3) * 0.1
    hips, shoulders = (list(joints) for joints in NTU.spine)
    body[:, :, shoulders] += np.array(up)
    body[:, :, 3] += np.array(up) * 1.5
    return body, hips


def segments(panel):
    return panel.collections[0].get_segments()


@pytest.mark.parametrize('layout', LAYOUTS.values(), ids=lambda layout: layout.name)
def test_all_bones_of_all_persons_are_drawn(layout):
    strip = Strip.of(np.random.rand(2, 3, layout.num_joints, layout.dims) + 0.1, layout)
    assert strip.points.shape == (2, 3, layout.num_joints, 2)
    _, (panels,) = strips_figure([strip])
    assert [len(segments(panel)) for panel in panels] == [2 * len(layout.bones)] * 3


@pytest.mark.parametrize('up', [(0, 1, 0), (0, -1, 0), (0, 0, 1), (0, 0, -1)])
def test_bodies_stand_upright_whichever_axis_leads_up(up):
    body, hips = standing(up)
    points = project(body, NTU)
    assert points[0, 0, 3, 1] > points[0, 0, hips, 1].max() + 1
    assert abs(points[0, 0, 3, 0] - points[0, 0, hips, 0].mean()) < 0.5


def test_rows_of_images_lead_down():
    layout = LAYOUTS['coco']
    points = np.random.rand(1, 1, 17, 3) + 1  # x, y, score
    np.testing.assert_allclose(project(points, layout), points[..., :2] * (1, -1))


def test_missing_joints_and_persons_are_not_drawn():
    body = np.random.rand(2, 3, NTU.num_joints, 3) + 0.1
    body[1] = 0
    body[0, 0, 3] = np.nan  # the head hangs on the neck only
    body[0, 2] = 0
    _, (panels,) = strips_figure([Strip.of(body, NTU)])
    assert [len(segments(panel)) for panel in panels] == [len(NTU.bones) - 1, len(NTU.bones), 0]
    assert panels[2].texts[0].get_text() == 'no person' and not panels[1].texts


def test_center_joint_may_lie_at_the_origin():
    body = np.random.rand(1, 2, NTU.num_joints, 3) + 0.1
    body[0, 0, NTU.center] = 0
    body[0, 1] = 0
    assert np.isnan(project(body, NTU)[0, 0, NTU.center]).all()
    points = project(body, NTU, centered=True)
    np.testing.assert_allclose(points[0, 0, NTU.center], 0, atol=1e-12)
    assert np.isnan(points[0, 1]).all()


def test_hidden_joints_have_pale_bones_and_no_dots():
    body = np.random.rand(1, 1, NTU.num_joints, 3) + 0.1
    visible = np.zeros((1, 1, NTU.num_joints), dtype=bool)
    visible[..., list(NTU.bones[0])] = True
    _, ((panel,),) = strips_figure([Strip.of(body, NTU)._replace(visible=visible)])
    lines, dots = panel.collections
    assert (lines.get_colors()[:, 3] == 1).tolist() == [True] + [False] * (len(NTU.bones) - 1)
    assert len(dots.get_offsets()) == 2


def test_limits_show_all_points_and_take_emptiness():
    points = np.array([[0.0, 0.0], [1.0, 10.0], [np.nan, 99.0]])
    across, up = limits(points, narrowest=0.5)
    assert up[0] < 0 and 10 < up[1] < 12 and np.ptp(across) == pytest.approx(np.ptp(up) / 2)
    assert limits(np.full((2, 2), np.nan))[0].tolist() == [-1, 1]


def test_a_narrow_row_below_a_wide_one_is_not_cut():
    tall, wide = (np.linspace((0, 0), end, NTU.num_joints)[None, None] for end in ((0.5, 2), (4, 1)))
    _, rows = strips_figure([Strip(tall, NTU), Strip(wide, NTU)])
    for (panel,) in rows:
        box = panel.get_window_extent()
        assert np.ptp(panel.get_xlim()) / np.ptp(panel.get_ylim()) == pytest.approx(box.width / box.height)


def test_part_order_covers_all_joints():
    order, parts = part_order(NTU)
    assert sorted(order) == list(range(NTU.num_joints)) and sum(count for _, count in parts) == NTU.num_joints


def test_gif_has_all_frames_and_dark_pictures_are_dark(tmp_path):
    image = pytest.importorskip('PIL.Image')
    strip = Strip.of(np.random.rand(1, 3, NTU.num_joints, 3) + 0.1, NTU, 'x')
    figure, show, count = moving_figure([strip, strip], DARK, 'caption', size=1)
    save_animation(figure, show, count, str(tmp_path / 'x.gif'), fps=10, dpi=40)
    with image.open(tmp_path / 'x.gif') as picture:
        assert picture.n_frames == 3 and picture.info['duration'] == 100
    assert as_image(figure, 20).mean() < 80 < 200 < as_image(new_figure(1, 1, LIGHT), 20).mean()


def test_formats_that_cannot_be_written_are_refused(tmp_path, monkeypatch):
    with pytest.raises(ValueError, match=r'ends in .gif, .mp4, got x.png'):
        check_output('x.png', MOVING_FORMATS)
    monkeypatch.setenv('PATH', str(tmp_path))
    with pytest.raises(ValueError, match='needs the program ffmpeg'):
        check_output(str(tmp_path / 'x.mp4'), MOVING_FORMATS)


def test_without_matplotlib_the_error_names_the_remedy(monkeypatch):
    for name in [name for name in sys.modules if name.partition('.')[0] == 'matplotlib']:
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ImportError, match=r"matplotlib.*run pip install 'mamp-plugin\[optional\]'"):
        new_figure(1, 1)
