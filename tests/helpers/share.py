"""`python -m tests.helpers.share`: the manual page and the completions of the shells, into app/share/.

They are installed where manuals and shells look for such; `multichat --completion` prints the latter for whom that is
elsewhere.
"""

from pathlib import Path
from typing import Final

from multichat.arguments import default_config_path, default_data_dir, make_parser
from multichat.shell_completion import completion_script
from tests.helpers.manual_page import manual_page

SHARE: Final = Path(__file__).parents[2] / "app" / "share"


def shared_files() -> dict[Path, str]:
    """What is to be in each file."""
    parser = make_parser()
    return {
        SHARE / "man/man1/multichat.1": manual_page(parser, str(default_data_dir()), str(default_config_path())),
        SHARE / "bash-completion/completions/multichat": completion_script(parser, "bash"),
        SHARE / "zsh/site-functions/_multichat": completion_script(parser, "zsh"),
        SHARE / "fish/vendor_completions.d/multichat.fish": completion_script(parser, "fish"),
    }


if __name__ == "__main__":
    for path, text in shared_files().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
