"""One file per chart: data in, plotly figure and its sentence out. Colours hold on a light and on a dark page."""
