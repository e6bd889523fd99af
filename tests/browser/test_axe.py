"""No page has a finding of axe in any of its states, light or dark, wide or narrow."""

from __future__ import annotations

from itertools import product

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

from tests.browser.conftest import DESKTOP
from tests.browser.states import STATES, Scene

# Every rule of axe, also those that it leaves off by default; but AA's contrast is enough.
_RUN = """async () => {
  const names = axe.getRules().map(rule => rule.ruleId).filter(name => name !== 'color-contrast-enhanced')
  const rules = Object.fromEntries(names.map(name => [name, { enabled: true }]))
  const { violations } = await axe.run({ resultTypes: ['violations'], rules })
  const said = (one, node) => `${one.id}: ${node.html}\\n  ${node.failureSummary}`
  return violations.flatMap(one => one.nodes.map(node => said(one, node)))
}"""
SIZES = (DESKTOP, {"width": 390, "height": 844})
SCHEMES = ("light", "dark")


def findings(page: Page) -> str:
    """Return what axe finds on a page at both sizes and in both schemes, each with where it is so."""
    page.evaluate(AXE_SCRIPT)
    found: dict[str, list[str]] = {}
    for size, scheme in product(SIZES, SCHEMES):
        page.evaluate("scrollTo(0, 0)")  # what is below the sticky bar could not be hit
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=scheme)
        for text in page.evaluate(_RUN):
            found.setdefault(text, []).append(f"{size['width']} {scheme}")
    return "\n".join(f"{', '.join(where)}: {text}" for text, where in found.items())


@pytest.mark.parametrize("name", STATES)
def test_axe_finds_nothing(scene: Scene, name: str) -> None:
    STATES[name](scene)
    assert findings(scene.page) == ""
