"""A real browser driven over the WebDriver protocol (https://www.w3.org/TR/webdriver2/)."""

import base64
import json
import shutil
import subprocess
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest

ELEMENT = 'element-6066-11e4-a52e-4f735466cecf'  # the key that the standard gives elements


class Browser:
    """One window of headless Chromium."""

    def __init__(self, address: str) -> None:
        self._address = address
        options = {
            'args': ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage']
        }
        wanted = {'browserName': 'chrome', 'goog:chromeOptions': options}
        answer = self._ask('POST', '/session', {'capabilities': {'alwaysMatch': wanted}})
        self._address += f'/session/{answer["sessionId"]}'

    def open(self, path: Path) -> None:
        self._ask('POST', '/url', {'url': path.resolve().as_uri()})

    def resize(self, width: int, height: int) -> None:
        """Set the size of the page itself; windows cannot be as narrow as a phone."""
        metrics = {'width': width, 'height': height, 'deviceScaleFactor': 1, 'mobile': True}
        body = {'cmd': 'Emulation.setDeviceMetricsOverride', 'params': metrics}
        self._ask('POST', '/goog/cdp/execute', body)

    def click(self, css: str) -> None:
        """Click an element where a person would see it, not below the bar that stays on top."""
        self.run(f'document.querySelector({json.dumps(css)}).scrollIntoView({{block: "center"}})')
        found = self._ask('POST', '/element', {'using': 'css selector', 'value': css})
        self._ask('POST', f'/element/{found[ELEMENT]}/click', {})

    def run(self, script: str):
        return self._ask('POST', '/execute/sync', {'script': script, 'args': []})

    def errors(self) -> list[str]:
        entries = self._ask('POST', '/se/log', {'type': 'browser'})
        return [entry['message'] for entry in entries]

    def screenshot(self) -> bytes:
        return base64.b64decode(self._ask('GET', '/screenshot', None))

    def close(self) -> None:
        self._ask('DELETE', '', None)

    def _ask(self, method: str, path: str, body):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._address + path, data, method=method)
        with urllib.request.urlopen(request, timeout=250) as answer:
            return json.load(answer)['value']


@contextmanager
def started():
    """Start a browser, or skip the test where there is none."""
    programs = [shutil.which(name) for name in ('chromedriver', 'chromium')]
    if not all(programs):
        pytest.skip('needs chromium and chromedriver (apt install chromium chromium-driver)')
    driver = subprocess.Popen(
        [programs[0], '--port=0'], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        port = next(
            line.rstrip('.\n').rsplit(' ', 1)[1]
            for line in driver.stdout
            if 'on port' in line and 'success' in line
        )
        browser = Browser(f'http://127.0.0.1:{port}')
        try:
            yield browser
        finally:
            browser.close()
    finally:
        driver.terminate()
        driver.wait(20)
