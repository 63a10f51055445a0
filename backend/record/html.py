"""A decision record as one HTML file that needs nothing else: no script, no other host, light and dark, printable."""

from collections.abc import Iterable, Sequence
from html import escape

from backend.record.markdown import compared_with, doubts_by_model, interval, reach
from backend.record.shape import DecisionRecord
from quba.dimensions import DIMENSIONS

# Shown even where the file is opened from disk, without the service's headers.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_STYLE = """
:root { color-scheme: light dark; --ink: #1b1f24; --paper: #ffffff; --line: #d0d7de; --soft: #57606a;
  --for: #2166ac; --against: #b35806; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --paper: #0d1117; --line: #30363d; --soft: #9198a1;
  --for: #67a9cf; --against: #ef8a62; } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 60rem;
  margin: 0 auto; padding: 1.5rem 1rem 3rem; }
h1 { font-size: 1rem; color: var(--soft); margin: 0; } h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; }
.headline { font-size: 1.5rem; line-height: 1.3; margin: .25rem 0 .75rem; } .soft { color: var(--soft); }
.scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .35rem .6rem; border-bottom: 1px solid var(--line); vertical-align: top; }
td.number, th.number { text-align: right; white-space: nowrap; }
svg { display: block; width: 12rem; height: 1.1rem; } .for { fill: var(--for); } .against { fill: var(--against); }
svg line { stroke: var(--soft); } pre { overflow-x: auto; border: 1px solid var(--line); padding: .75rem; }
@media print { body { max-width: none; } .scroll, pre { overflow: visible; white-space: pre-wrap; } }
"""
_WIDTH = 200


def to_html(record: DecisionRecord) -> str:
    """Write a record as HTML; everything that people can name is escaped."""
    models = record.models
    counts = f"{models.pool} models, {models.passing} pass the filters, {models.scored} of these have a score."
    parts = [
        "<h1>Decision record</h1>",
        f'<p class="headline">{escape(record.headline)}</p>',
        f"<p><strong>Doubt:</strong> {escape(record.doubt)}</p>" if record.doubt else "",
        f'<p class="soft">Data version {escape(record.data_version)}. {counts}</p>',
        _section("The question", _question(record)),
        _section("The top models", _top(record)),
        _section("Why", _list(record.why) or "<p>There is no second model to compare with.</p>"),
        _section("How sure", _how_sure(record)),
        _section("What was left out", _excluded(record)),
        _section("Doubts about the values above", _doubts(record)),
        _section(
            "The same again",
            f"<pre>{escape(record.reproduce.curl)}</pre><pre>{escape(record.reproduce.python)}</pre>",
        ),
        _section("Citation", f"<p>{escape(record.citation)}</p>"),
    ]
    head = (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        f"<title>Decision record: {escape(record.headline)}</title>\n<style>{_STYLE}</style>\n</head>\n"
    )
    return head + "<body>\n<main>\n" + "\n".join(filter(None, parts)) + "\n</main>\n</body>\n</html>\n"


def _section(title: str, body: str) -> str:
    return f"<section>\n<h2>{escape(title)}</h2>\n{body}\n</section>"


def _list(lines: Iterable[str]) -> str:
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return f"<ul>{items}</ul>" if items else ""


def _table(headings: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: frozenset[int]) -> str:
    """A table of cells that are HTML already; the columns named in `numbers` are set to the right."""

    def cell(tag: str, place: int, content: str) -> str:
        kind = ' class="number"' if place in numbers else ""
        return f"<{tag}{kind}>{content}</{tag}>"

    head = "".join(cell("th", place, escape(heading)) for place, heading in enumerate(headings))
    body = "".join(
        f"<tr>{''.join(cell('td', place, content) for place, content in enumerate(row))}</tr>" for row in rows
    )
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _question(record: DecisionRecord) -> str:
    view = record.view
    weights = [
        (escape(DIMENSIONS[key].label), escape(DIMENSIONS[key].direction), f"{one.weight:.4g}", f"{one.share:.1%}")
        for key, one in view.weights.items()
    ]
    text = (
        f"Benchmark {escape(view.benchmark)}, protocol {escape(view.protocol)}, values: {escape(view.quality)}. "
        f"Norms: {escape(view.normalisation)}. {escape(view.normalisation_meaning)}"
    )
    filters = escape("; ".join(view.filters)) or "none"
    table = _table(("Dimension", "Direction", "Weight", "Share"), weights, numbers=frozenset({2, 3}))
    return f"<p>{text}</p><p>Filters: {filters}.</p>{table}"


def _top(record: DecisionRecord) -> str:
    reachable = max((sum(map(abs, item.contributions.values())) for item in record.top), default=0) or 1
    rows = [
        (
            str(item.rank), str(item.overall_rank), escape(item.name), f"{item.score:.4f}",
            _bar(item.contributions, reachable), f"{item.p_first:.0%}", interval(item.rank_low, item.rank_high),
            interval(item.measured_rank_low, item.measured_rank_high),
        )
        for item in record.top
    ]  # fmt: skip
    headings = ("Rank", "Overall", "Model", "Score", "For and against", "First in", "Ranks, weights", "Ranks, values")
    note = (
        "First in: share of nearby weightings. Ranks, weights: where it comes out under these. Ranks, values: where it "
        "comes out given the errors of its values."
    )
    return _table(headings, rows, numbers=frozenset({0, 1, 3, 5})) + f'<p class="soft">{note}</p>'


def _bar(contributions: dict[str, float], reachable: float) -> str:
    """What speaks for a model to the right of a line, what against it to the left."""
    good = sum(part for part in contributions.values() if part > 0)
    bad = -sum(part for part in contributions.values() if part < 0)
    middle = _WIDTH / 2
    scale = middle / reachable
    return (
        f'<svg viewBox="0 0 {_WIDTH} 16" preserveAspectRatio="none" role="img" '
        f'aria-label="{good:.2f} for it, {bad:.2f} against it">'
        f'<rect class="against" x="{middle - bad * scale:.1f}" y="3" width="{bad * scale:.1f}" height="10"/>'
        f'<rect class="for" x="{middle:.1f}" y="3" width="{good * scale:.1f}" height="10"/>'
        f'<line x1="{middle:.0f}" x2="{middle:.0f}" y1="0" y2="16"/></svg>'
    )


def _how_sure(record: DecisionRecord) -> str:
    sure = record.how_sure
    text = (
        f"<p>{sure.draws:,} weightings near these were drawn (each weight times a log-normal factor of spread "
        f"{sure.jitter:g}, seed {sure.seed}); rank intervals hold {sure.confidence:.0%} of them.</p>"
    )
    rows = [
        (escape(DIMENSIONS[one.dimension].label), f"{one.weight:.4g}", f"{one.from_weight:.4f}", reach(one.to_weight))
        for one in sure.leader_keeps
    ]
    table = _table(("Weight of", "Now", "From", "To"), rows, numbers=frozenset({1, 2, 3}))
    kept = f"<p>The leader stays first while one weight moves alone:</p>{table}" if rows else ""
    note = f'<p class="soft">{escape(sure.measurement_note)}</p>' if sure.measurement_note else ""
    words = "".join(f"<p>{escape(one)}</p>" for one in (sure.sentence, compared_with(record)) if one)
    return words + text + kept + note


def _excluded(record: DecisionRecord) -> str:
    left = record.excluded
    text = f"<p>{left.by_filters} models by the filters; {left.without_score} for want of a value.</p>"
    reasons = _list(f"{DIMENSIONS[one.dimension].label}: {one.models} models. {one.meaning}" for one in left.reasons)
    names = _list(left.without_score_names)
    return text + reasons + (f"<p>Without a score, the first ones:</p>{names}" if names else "")


def _doubts(record: DecisionRecord) -> str:
    return _list(doubts_by_model(record)) or "<p>None of these values is flagged.</p>"
