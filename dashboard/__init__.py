"""The browser's face of wellbehaved: a Streamlit app that reaches the API through `wellbehaved.client` only."""
