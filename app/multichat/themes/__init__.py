"""The colours of the screen, one theme for dark terminals and one for light ones.

Owns these two and which of Textual's own are offered beside them. What is chosen is remembered in `choice`; terminals
with few colours are served by `few_colours`.
"""

from typing import Final

from textual.theme import BUILTIN_THEMES, Theme

from multichat.themes.choice import ThemeChoice

__all__ = ["DARK", "FAINT", "LIGHT", "OWN", "THEME_NAMES", "ThemeChoice", "offered_themes"]

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
    # 45 % of the primary colour instead of Textual's half, so that the text in it can be read as well as any.
    variables={"screen-selection-background": "#7fb3d373"},
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

OWN: Final = (DARK, LIGHT)

# Every theme that can be named.
THEME_NAMES: Final = frozenset({*BUILTIN_THEMES, *(theme.name for theme in OWN)})

# In these, what is written, names, or what is said beside them are too faint to be read well (measured in the tests).
# Whoever asks for one by name gets it; the list of themes leaves them out.
FAINT: Final = frozenset({"atom-one-light", "rose-pine-dawn", "solarized-dark", "solarized-light", "textual-light"})


def offered_themes() -> list[str]:
    """The themes to choose from: our own first."""
    own = [theme.name for theme in OWN]
    return [*own, *sorted(THEME_NAMES - FAINT - set(own))]
