"""The colours of the screen, one theme for dark terminals and one for light ones."""

from typing import Final

from textual.theme import Theme

DARK: Final = Theme(
    name="multichat-dark",
    dark=True,
    background="#16181d",
    surface="#1f2229",
    panel="#272b33",
    foreground="#d8dbe2",
    primary="#7fb3d3",
    secondary="#6b8fa8",
    accent="#7fb3d3",
    success="#8cc08a",
    warning="#e0b46c",
    error="#ee7d7d",
)

LIGHT: Final = Theme(
    name="multichat-light",
    dark=False,
    background="#fbfaf7",
    surface="#efede7",
    panel="#e5e2da",
    foreground="#2a2c31",
    primary="#1f6690",
    secondary="#4d7891",
    accent="#1f6690",
    success="#2f7030",
    warning="#8a5a00",
    error="#b02a2a",
)
