"""How the Streamlit server is started: its settings as flags, so that it looks the same from any folder."""

from __future__ import annotations

import sys
from pathlib import Path
from urllib.parse import urlsplit

APP = Path(__file__).with_name("server.py")
SCRIPT = Path(__file__).with_name("app.py")

SERVER: dict[str, str] = {
    "server.headless": "true",
    "server.fileWatcherType": "none",
    "server.enableAgentApi": "false",
    "server.showEmailPrompt": "false",
    "server.maxUploadSize": "1",
    "browser.gatherUsageStats": "false",
    "client.toolbarMode": "minimal",
    "client.showErrorDetails": "type",
    "client.showErrorLinks": "false",
    "runner.magicEnabled": "false",
    # Otherwise a run that is being given up goes on for a moment beside the next one, and writes its older view over
    # the newer: quick moves of a slider got lost.
    "runner.fastReruns": "false",
    # Widgets are set from the view on purpose wherever a preset or a link changes it.
    "global.disableWidgetStateDuplicationWarning": "true",
}

LIGHT: dict[str, str] = {
    "primaryColor": "#46535F",
    "backgroundColor": "#ffffff",
    "secondaryBackgroundColor": "#f3f5f7",
    "textColor": "#1c2127",
    "codeTextColor": "#1c2127",
    "borderColor": "#d9dee4",
    "linkColor": "#005f96",
    "blueTextColor": "#005f96",
    "orangeTextColor": "#9a5b00",
    "grayTextColor": "#5b6470",
}

DARK: dict[str, str] = {
    "primaryColor": "#9FB0BF",
    "backgroundColor": "#12161b",
    "secondaryBackgroundColor": "#1b2128",
    "textColor": "#e7ebef",
    "codeTextColor": "#e7ebef",
    "borderColor": "#363f49",
    "linkColor": "#7cc6f0",
    "blueTextColor": "#7cc6f0",
    "orangeTextColor": "#f0b450",
    "grayTextColor": "#a3adb8",
}

SHAPE: dict[str, str] = {
    "theme.baseRadius": "0.4rem",
    "theme.paddingTop": "1.2rem",
    "theme.paddingBottom": "3rem",
    "theme.sidebar.paddingTop": "0.5rem",
    "theme.headingFontSizes": '["1.5rem", "1.12rem", "1rem", "1rem", "0.9rem", "0.9rem"]',
}


def options() -> dict[str, str]:
    """Every setting by its Streamlit name."""
    light = {f"theme.light.{name}": value for name, value in LIGHT.items()}
    dark = {f"theme.dark.{name}": value for name, value in DARK.items()}
    return {**SERVER, **SHAPE, **light, **dark}


def command(port: int, api_url: str, address: str, public_url: str | None = None) -> list[str]:
    """The command that starts the dashboard.

    Args:
        port: where the dashboard listens, 1 to 65535.
        api_url: where the API answers; the process must also find it in ``WELLBEHAVED_API_URL``.
        address: the address to bind, 127.0.0.1 unless others should reach it.
        public_url: where people reach it through a reverse proxy; pages of other origins are refused.
    """
    flags = {**options(), "server.port": str(port), "server.address": address, "browser.serverAddress": address}
    if public_url:
        parts = urlsplit(public_url)
        flags |= {
            "server.corsAllowedOrigins": f"{parts.scheme}://{parts.netloc}",
            "browser.serverAddress": parts.hostname or address,
        }
    arguments = [f"--{name}={value}" for name, value in flags.items()]
    # The address after the separator is for people who look at the process list; the app reads the environment.
    # With -P no module comes from the working folder, whose files may be anybody's.
    return [sys.executable, "-P", "-m", "streamlit", "run", str(APP), *arguments, "--", f"--api-url={api_url}"]
