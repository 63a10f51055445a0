"""The few rules that Streamlit's theme has no setting for."""

from __future__ import annotations

from pathlib import Path

from dashboard.streamlit_options import DARK, LIGHT

RULES = """
.st-key-unseen, .st-key-tiers { display: none; }
.stApp:not(:has([data-testid="stSidebar"])) :has(> .stMain),
[data-testid="stSidebarUserContent"]:has([data-testid="stSkeleton"]) { animation: not-yet 3s; }
@keyframes not-yet { from, to { visibility: hidden; } }
/* What has not come yet keeps about the room that it will take: a field with its label, a chart, the drop zone. */
:is([class*="st-key-submit-"]:not(.st-key-submit-source), [class*="st-key-stability-"], [class*="st-key-axis-"],
[class*="st-key-group-"], [class*="st-key-front-"], .st-key-model-choice, .st-key-compare-choice
):has(> [data-testid="stSkeleton"]) { min-height: 4.25rem; }
[class*="st-key-chart-"] { --room: 20rem; }
.st-key-chart-chances { --room: 14rem; }
.st-key-chart-tradeoff { --room: 35rem; }
.st-key-chart-front { --room: 25rem; }
[class*="st-key-chart-compared_"] { --room: 40rem; }
[class*="st-key-chart-"]:not([class*="-table"]):has(> [data-testid="stSkeleton"]) { min-height: var(--room); }
.st-key-first_chart { min-height: 23.6rem; }
[class*="st-key-markup"] { min-height: 22rem; }
.st-key-upload { min-height: 10rem; }
/* In the bar at the top, wherever the names of the pages leave room for it, and for its label. */
@media (min-width: 1440px) {
  :has(> .st-key-benchmark) { position: fixed; top: 0.55rem; right: 3.5rem; width: 13rem; z-index: 999991; }
}
@media (min-width: 1560px) {
  :has(> .st-key-benchmark) { width: 19rem; }
}
@media (min-width: 1440px) and (max-width: 1559.98px) {
  .st-key-benchmark label { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
}
@media (max-width: 640px) {
  :has(> .st-key-benchmark) { position: fixed; top: 0.55rem; left: 3.5rem; width: calc(100% - 7rem); z-index: 999991; }
}
.st-key-benchmark { max-width: 22rem; }
.st-key-benchmark [data-testid="stSelectbox"] { display: flex; align-items: center; gap: 0.6rem; }
.st-key-benchmark [data-testid="stSelectbox"] > :last-child { flex: 1 1 0; }
.st-key-benchmark label { margin: 0; min-height: 0; }
#wellbehaved-connection {
  position: fixed; left: 50%; bottom: 1rem; transform: translateX(-50%); z-index: 999993; width: min(40rem, 92vw);
  box-sizing: border-box; margin: 0; padding: 0.7rem 1rem; border-radius: 0.4rem; border: 1px solid;
  font: 1rem sans-serif;
  color: light-dark(LIGHT_TEXT, DARK_TEXT); background: light-dark(LIGHT_PAGE, DARK_PAGE);
}
/* Streamlit writes in white on every main colour, and that of the dark page is light. */
button[data-testid="stBaseButton-primary"]:not(:disabled) {
  color: light-dark(LIGHT_PAGE, DARK_PAGE);
}
.st-key-sureness { min-height: 1.6rem; }
/* The room of the board is kept while its code and its values are still on the way. */
/* So that all weights and filters fit a window of 900 pixels. */
[data-testid="stSidebarUserContent"] { margin-top: -2.6rem; }
.st-key-board_table { min-height: 80vh; }
html[data-board="alive"] .st-key-plain_table { display: none; }
html:not([data-board]) .st-key-plain_table { animation: not-yet 4s; position: absolute; left: 0; right: 0; }
.st-key-plain_table [role="region"] { overflow-x: auto; }
html[data-board="failed"] .st-key-board_table { min-height: 0; }
.st-key-plain_table table { border-collapse: collapse; font-size: 0.85rem; font-variant-numeric: tabular-nums; }
.st-key-plain_table :is(td, th) {
  padding: 0.3rem 0.5rem; border-bottom: 1px solid rgba(128,134,145,0.3); text-align: left;
}
:has(> .st-key-selection) { position: sticky; bottom: 0; z-index: 5; }
.st-key-selection { background: light-dark(LIGHT_PAGE, DARK_PAGE); }
.stMainBlockContainer { padding-left: 2rem; padding-right: 2rem; max-width: 1700px; }
[data-testid="stSidebar"] [data-testid="stCaptionContainer"] {
  margin-top: -0.3rem;
}
[data-testid="stSidebar"] h2 { padding-bottom: 0.5rem; }
[data-testid="stSidebar"] [data-testid="stVerticalBlock"] { gap: 0.6rem; }
.st-key-introduction p { font-size: 0.875rem; margin: 0; }
.st-key-introduction > :first-child { flex: 1 1 0; min-width: 0; }
:root[data-introduction="hidden"] .st-key-introduction { display: none; }
.st-key-headline h1 { font-weight: 500; padding: 0; line-height: 1.25; }
.st-key-headline h1 strong { font-weight: 700; }
.st-key-headline [data-testid="stMarkdownContainer"] { margin-bottom: 0; }
.st-key-active_filters button { min-height: 1.9rem; padding: 0.1rem 0.6rem; }
.colour-key { display: flex; flex-wrap: wrap; gap: 0.15rem 0.9rem; font-size: 0.82rem; }
.colour-key i { display: inline-block; width: 0.75rem; height: 0.75rem; margin-right: 0.3rem; }
.colour-key i.tint { width: 3.5rem; }
.colour-key i.bracket {
  width: 0.35rem; box-sizing: border-box; border: 2px solid; border-right: 0; border-radius: 3px 0 0 3px;
}
[class*="st-key-finding-"] > div { align-items: center; }
.claim-marks { position: relative; min-height: 2.4rem; }
.claim-marks .row { position: relative; height: 0.48rem; }
.claim-marks i { position: absolute; top: 50%; left: calc(var(--at) * 1%); box-sizing: border-box; }
.claim-marks .zero { left: 50%; top: 0; bottom: 0; width: 1px; }
.claim-marks .interval { width: calc(var(--wide) * 1%); height: 1px; }
.claim-marks :is(.zero, .interval) { background: color-mix(in srgb, currentColor 55%, transparent); }
.claim-marks .mark { width: 0.48rem; height: 0.48rem; margin: -0.24rem; border: 2px solid; border-radius: 50%; }
.claim-scale { position: relative; height: 2.6rem; font-size: 0.8rem; }
.claim-scale span {
  position: absolute; left: calc(var(--at) * 1%); bottom: 0; transform: translateX(-50%); white-space: nowrap;
}
.claim-scale .ends { left: 50%; bottom: 1.3rem; }
.correlations {
  border-collapse: separate; border-spacing: 2px; font-size: 0.88rem; font-variant-numeric: tabular-nums;
}
.correlations caption { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.correlations thead th { vertical-align: bottom; font-weight: 400; }
.correlations thead th > span { writing-mode: vertical-rl; transform: rotate(180deg); padding: 0.4rem 0; }
.correlations tr > th[scope="row"] { text-align: right; font-weight: 400; padding-right: 0.5rem; }
.correlations tr > td { min-width: 3.4rem; height: 2.6rem; text-align: center; padding: 0; border: 0; }
.correlations .chance { color: light-dark(LIGHT_GREY, DARK_GREY); }
.correlations .short { display: none; }
h2, h3 { font-weight: 600; padding: 0.4rem 0 0; }
h1 { padding: 0; }
.st-key-prose { max-width: 52rem; margin: 0 auto; }
.js-plotly-plot svg text:not(.hoverlayer *, .annotation *) { fill: currentColor !important; }
[data-testid="stMultiSelectTagsContainer"] [data-tag] {
  color: inherit; background: color-mix(in srgb, currentColor 12%, transparent);
}
[class*="st-key-stale"] { filter: grayscale(1); }
[class*="st-key-stale"] :is(h1, h2, p, li, td, th) { color: light-dark(LIGHT_GREY, DARK_GREY); }
/* What is asked for again every second must not blink: nothing fades there, and no runner or Stop comes and goes. */
[class*="st-key-steady"] :is([data-stale="true"], [data-stale="true"] *) { opacity: 1 !important; transition: none; }
.stApp:has([class*="st-key-steady"]) [data-testid="stStatusWidget"] { display: none; }
/* Streamlit's hues of code are paler than 4.5:1, and hues mean something else here. */
[data-testid="stCode"] code .token { color: inherit !important; }
[data-testid="stCaptionContainer"] { opacity: 1; }
[data-testid="stCaptionContainer"] :is(p, li) { color: light-dark(LIGHT_GREY, DARK_GREY); }
button[data-selected="true"] p { color: light-dark(LIGHT_LINK, DARK_LINK); }
"""

PHONE = Path(__file__).with_name("phone.css")

COLOURS = {
    "LIGHT_TEXT": LIGHT["textColor"],
    "DARK_TEXT": DARK["textColor"],
    "LIGHT_GREY": LIGHT["grayTextColor"],
    "DARK_GREY": DARK["grayTextColor"],
    "LIGHT_PAGE": LIGHT["backgroundColor"],
    "DARK_PAGE": DARK["backgroundColor"],
    "LIGHT_LINK": LIGHT["linkColor"],
    "DARK_LINK": DARK["linkColor"],
}


def rules() -> str:
    """The rules with the theme's colours in them; grey text is grey by its colour, as opacity lowers its contrast."""
    text = RULES + PHONE.read_text(encoding="utf-8")
    for name, colour in COLOURS.items():
        text = text.replace(name, colour)
    return text
