"""The page in a real browser: sorted, clicked, narrow and wide, light and dark."""

import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from browser import started
from test_report_page import scores

from panoseg_ros.evaluation.comparison import Gain
from panoseg_ros.evaluation.pictures import to_png
from panoseg_ros.evaluation.report import page_of_pairs, sections_of_gains, write_page
from panoseg_ros.evaluation.resampling import Estimate

NAN = float('nan')


@pytest.fixture(scope='module')
def browser(tmp_path_factory):
    """Open one page with all kinds of sections; four frames have maps beside them."""
    folder = tmp_path_factory.mktemp('page')
    gains = [
        Gain('mean IoU', 0.5, 0.6, Estimate(0.1, 0.05, 0.15)),
        Gain('IoU of <b>road</b>', 0.5, 0.4, Estimate(-0.1, NAN, NAN)),
    ]
    square = to_png(np.full((128, 128, 3), 90, np.uint8))
    page = page_of_pairs(
        scores(),
        'tiny',
        sections_of_gains(gains, 'a against b'),
        lambda names: {name: [('map', square)] for name in names[:4]},
    )
    path = write_page(page, folder / 'report.html')
    with started() as window:
        window.open(path)
        yield window


def column(browser, index):
    return browser.run(
        f'return [...document.querySelectorAll("#classes tbody tr")]'
        f'.map(row => row.cells[{index}].textContent)'
    )


def test_a_click_on_a_heading_sorts_and_another_turns_round(browser):
    heading = '#classes th:nth-child(3) button'
    browser.click(heading)
    first = [float(text) for text in column(browser, 2)]
    browser.click(heading)
    second = [float(text) for text in column(browser, 2)]
    assert len(first) == 2 and first == sorted(first) and second == first[::-1]
    browser.click('#classes th:nth-child(1) button')
    assert column(browser, 0) == sorted(column(browser, 0))


def test_numbers_sort_as_numbers_and_nothing_last(browser):
    rows = '#a-against-b--figures tbody tr'
    script = (
        f'return [...document.querySelectorAll("{rows}")].map(r => r.cells[COLUMN].textContent)'
    )
    for column, expected in ((3, ['-0.100', '0.100']), (4, ['0.050', '–'])):
        browser.click(f'#a-against-b--figures th:nth-child({column + 1}) button')
        assert browser.run(script.replace('COLUMN', str(column))) == expected
    browser.click('#a-against-b--figures th:nth-child(5) button')
    assert browser.run(script.replace('COLUMN', '4')) == ['0.050', '–']


def test_a_link_leads_to_its_section(browser):
    browser.click('nav a[href="#environment"]')
    top = browser.run(
        'const s = document.getElementById("environment").getBoundingClientRect();'
        'return [s.top, innerHeight, document.documentElement.scrollTop]'
    )
    assert 0 <= top[0] < top[1] and top[2] > 0


def test_a_cell_of_the_matrix_tells_what_it_is(browser):
    browser.click('#confusion tbody tr:first-of-type td:nth-of-type(3)')
    told = browser.run('return document.querySelector("#confusion .told").textContent')
    assert told.startswith('road called building: ')


def test_a_picture_opens_and_closes(browser):
    browser.click('figure img')
    assert browser.run('return document.querySelector("dialog").open') is True
    browser.click('dialog')
    assert browser.run('return document.querySelector("dialog").open') is False


def test_light_and_dark(browser):
    paper = 'return getComputedStyle(document.body).backgroundColor'
    before = browser.run(paper)
    browser.click('#theme')
    assert browser.run(paper) != before
    browser.click('#theme')
    assert browser.run(paper) == before


@pytest.mark.parametrize('width', [390, 1280])
def test_nothing_sticks_out_and_all_pictures_load(browser, width):
    browser.resize(width, 900)
    assert browser.run('return document.documentElement.scrollWidth') <= width
    browser.run('document.querySelectorAll("img").forEach(i => { i.loading = "eager" })')
    assert (
        browser.run(
            'return Promise.all([...document.querySelectorAll("figure img")].map(i => i.decode()'
            '.then(() => i.naturalWidth)))'
        )
        == [128] * 28
    )
    sides = browser.run(
        'return [...document.querySelectorAll(".square img")].map(i => [i.width, i.height])'
    )
    assert len(sides) == 4 and all(w == h and 80 <= w <= 210 for w, h in sides)
    texts = browser.run(
        'return [...document.querySelectorAll("svg text")]'
        '.map(text => text.getBoundingClientRect().height)'
    )
    assert len(texts) > 15 and min(texts) > 9  # readable on a phone, too
    shot = cv2.imdecode(np.frombuffer(browser.screenshot(), np.uint8), cv2.IMREAD_COLOR)
    assert shot.shape[1] == width and shot.std() > 5.0


def test_the_browser_complains_of_nothing(browser):
    assert browser.errors() == []
