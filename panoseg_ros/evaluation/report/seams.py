"""The page of a bundle's disagreement with itself where panoramas are cut."""

import math

from panoseg_ros.evaluation.environment import environment
from panoseg_ros.evaluation.report.charts import histogram
from panoseg_ros.evaluation.report.page import Chart, Facts, Figure, Page, Section, SortedTable
from panoseg_ros.evaluation.seam import SeamReport
from panoseg_ros.metrics.seam import pooled

RULES = (
    'Every panorama is segmented as it is and turned by half its width. Shown is what differs, '
    'in percent. Near: within the band on each side of both cuts. Elsewhere: bands of the same '
    'width half-way between. The interval is the middle 95 % of resampled sets of panoramas.'
)


def page_of_seam(report: SeamReport) -> Page:
    """Return the page of a report."""
    shares = {wrap: pooled(counts) for wrap, counts in report.counts.items()}
    figures = [Figure(f'margin {wrap} px', f'{both.seam:.2%}') for wrap, both in shares.items()]
    if len(shares) > 1:
        mean, low, high = (100.0 * value for value in report.gain())
        span = '' if math.isnan(low) else f'{low:.2f} to {high:.2f}'
        figures.append(Figure('the margin takes off', f'{mean:.2f}', span))
    margins = [(wrap, 100 * both.seam, 100 * both.interior) for wrap, both in shares.items()]
    heads = ('panorama', *(f'{wrap} px {where}' for wrap in shares for where in ('near', 'else')))
    each = [
        (name, *(100.0 * share for count in row for share in (count.seam, count.interior)))
        for name, *row in zip(report.names, *report.counts.values(), strict=True)
    ]
    sections: list[Section] = [
        SortedTable('Margins', ('margin in px', 'near a cut', 'elsewhere'), margins),
        SortedTable('Panoramas', heads, each),
    ]
    if len(report.names) > 1:
        widest = max(shares)
        values = [100.0 * count.seam for count in report.counts[widest]]
        marks = {'all': 100.0 * shares[widest].seam}
        note = f'How many panoramas differ by how much near the cuts, with {widest} px.'
        sections.append(Chart('Near the cuts', note, histogram(values, '%', marks)))
    facts = {'bundle': report.bundle, 'runtime': report.runtime, 'band in px': report.band_px}
    sections.append(Facts('Environment', facts | environment()))
    size = f'{report.width} x {report.height}'
    return Page(
        f'The seam of {report.bundle}', f'{len(report.names)} panoramas of {size}', figures,
        sections, RULES,
    )  # fmt: skip
