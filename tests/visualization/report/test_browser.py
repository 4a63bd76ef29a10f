"""The page in a browser: no request, no error, and everything on it works by mouse and keyboard."""

import shutil
from argparse import Namespace

import pytest

from mamp_plugin.cli.report import collect
from mamp_plugin.visualization.report.page import render
from mamp_plugin.visualization.report.runs import find_runs

CHROMIUM = shutil.which('chromium') or shutil.which('chromium-browser') or shutil.which('google-chrome')
playwright = pytest.importorskip('playwright.sync_api', reason='playwright is not installed')
if CHROMIUM is None:
    pytest.skip('no Chromium is installed', allow_module_level=True)

FLAGS = ('background-networking', 'component-update', 'gpu', 'quic', 'sync')
HOSTILE = '</script><img src=x onerror="window.hacked = 1">'
#: The page, written once, because a run is trained for it.
WRITTEN = {}


@pytest.fixture(scope='module')
def browser():
    with playwright.sync_playwright() as started:
        launched = started.chromium.launch(
            executable_path=CHROMIUM, args=['--no-sandbox', *(f'--disable-{name}' for name in FLAGS)]
        )
        yield launched
        launched.close()


@pytest.fixture()
def written(train_run, tmp_path_factory):
    """Path of the page of two runs, one of which has a class with a hostile name."""
    if 'page' not in WRITTEN:
        folders = [str(train_run(name)) for name in ('mamp_synthetic', 'mamp_coco17_synthetic')]
        args = Namespace(work_dirs=folders, limit=8, no_features=False, method='pca', sequences=2, seed=0)
        data = collect(args, find_runs(folders))
        for content in (*data['confusion'], *data['embedding']):
            content['classes'][0] = HOSTILE
        data['runs'][0]['notes'].append(HOSTILE)
        WRITTEN['page'] = tmp_path_factory.mktemp('page') / 'report.html'
        WRITTEN['page'].write_bytes(render(data))
    return WRITTEN['page'].as_uri()


@pytest.fixture()
def show(browser, written):
    """Open the page; at the end, check that nothing was requested, logged or executed from the data."""
    opened = []

    def show(width=1440, **options):
        page = browser.new_page(viewport=dict(width=width, height=900), **options)
        found = []
        page.on('console', lambda message: found.append(message.text))
        page.on('pageerror', lambda error: found.append(str(error)))
        page.on('request', lambda request: found.append(request.url))
        page.goto(written)
        page.locator('#player canvas[style]').wait_for()
        opened.append((page, found))
        return page

    yield show
    for page, found in opened:
        assert found == [written] and page.evaluate('window.hacked') is None
        page.close()


def pixels(page):
    return page.evaluate("document.querySelector('#player canvas').toDataURL()")


def frame(page):
    return int(page.locator('#player canvas').get_attribute('data-frame'))


@pytest.mark.parametrize('width', [390, 1440])
def test_nothing_is_wider_than_the_screen(show, width):
    page = show(width)
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    assert page.evaluate('document.documentElement.scrollWidth') == width
    for name in ('downstream', 'curves', 'player', 'embedding', 'confusion', 'runs'):
        assert page.locator(f'#{name} h2').is_visible()
    assert page.locator('#runs .note', has_text=HOSTILE).is_visible()


def test_the_player_plays_and_steps_by_keyboard(show):
    page = show()
    canvas = page.locator('#player canvas')
    canvas.focus()
    start = frame(page)
    page.keyboard.press('.')
    assert frame(page) == start + 1
    page.keyboard.press(',')
    page.keyboard.press(',')
    assert frame(page) == start - 1
    page.keyboard.press('Space')
    playwright.expect(canvas).not_to_have_attribute('data-frame', str(start - 1))
    page.keyboard.press('Space')
    assert page.locator('#player .primary').inner_text() == 'Play'


def test_keys_and_mouse_turn_the_view(show):
    page = show()
    before = pixels(page)
    page.locator('#player canvas').focus()
    page.keyboard.press('ArrowLeft')
    turned = pixels(page)
    assert turned != before
    page.keyboard.press('0')
    assert pixels(page) == before
    page.locator('#player canvas').hover(position=dict(x=100, y=100))
    page.mouse.down()
    page.locator('#player canvas').hover(position=dict(x=160, y=120))
    page.mouse.up()
    assert pixels(page) not in (before, turned)


def test_flat_skeletons_of_the_other_run_do_not_turn(show):
    page = show()
    page.locator('#player > label select').select_option('1')
    page.locator('#player canvas[style]').wait_for()
    before = pixels(page)
    page.locator('#player canvas').focus()
    page.keyboard.press('ArrowLeft')
    assert pixels(page) == before
    page.keyboard.press('.')
    assert pixels(page) != before


def test_light_and_dark(show):
    def background(page):
        return page.evaluate('getComputedStyle(document.body).backgroundColor + getComputedStyle(document.body).color')

    light, dark = (show(color_scheme=scheme) for scheme in ('light', 'dark'))
    assert background(light) != background(dark) and pixels(light) != pixels(dark)
    light.locator('#theme').click()
    assert background(light) == background(dark) and pixels(light) == pixels(dark)


def test_charts_show_values_and_hide_runs(show):
    page = show()
    page.locator('#curves svg').first.focus()
    page.keyboard.press('ArrowRight')
    tip = page.locator('#tip')
    assert tip.is_visible() and 'iteration' in tip.inner_text() and 'mamp_synthetic: ' in tip.inner_text()
    circles = page.locator('#curves svg').first.locator('circle')
    both = circles.count()
    page.locator('#curves .chip').first.click()
    assert circles.count() == both / 2
    page.locator('#confusion canvas').hover(position=dict(x=200, y=200))
    assert 'predicted: ' in tip.inner_text()


def test_hostile_class_names_are_texts(show):
    page = show()
    assert page.locator('#embedding .chip', has_text=HOSTILE).count() == 1
    assert page.locator('img').count() == 0
