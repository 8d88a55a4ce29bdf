"""Dialogs of the page: open and save, and keys."""

from __future__ import annotations

from collections.abc import Callable

import solara

from caremarket.runners.demo.engine.recording import described, recordings
from caremarket.runners.demo.page.controller import PageController, unpacked_name
from caremarket.runners.demo.page.panels import LETTERS


@solara.component
def Files(bridge: PageController, close: Callable[[], None]) -> None:
    """Dialog to open a recorded run, and to save the tables of the present one with the commands that repeat it."""
    folder, set_folder = solara.use_state("")
    second, set_second = solara.use_state("")
    root = bridge.settings.output_root
    found = solara.use_memo(lambda: [(str(path), described(path)) for path in recordings(root)], [])
    picture = bridge.session.picture
    with solara.Div(classes=["cm-dialog"]):
        with solara.Row(justify="space-between"):
            solara.HTML("h2", "Open and save")
            solara.Button("Close", on_click=close, text=True)
        solara.HTML("h3", "Save the tables, as Parquet in a zip")
        with solara.Row():
            for number, view in enumerate(picture.views):
                if view.tables is not None:
                    name = unpacked_name(view.choice, view.title, picture.reached)
                    solara.FileDownload(
                        lambda number=number: bridge.archive(number),
                        filename=name,
                        label=f"Save {LETTERS[number]}",
                        mime_type="application/zip",
                    )
        for view in picture.views:
            if view.command:
                solara.HTML("pre", view.command, classes=["cm-command"])
        solara.HTML("h3", "Open a recorded run")
        if found:
            solara.Select(
                f"Runs under {root}/", values=[""] + [path for path, _ in found], value=folder, on_value=set_folder
            )
        solara.InputText("Folder of a run", value=folder, on_value=set_folder, continuous_update=True)
        solara.InputText("Another, to stand beside it (may be empty)", value=second, on_value=set_second)

        def opened() -> None:
            bridge.replay([folder, second] if second.strip() else [folder or " "])
            close()

        with solara.Row():
            solara.Button("Open", on_click=opened, color="#0072B2", disabled=not folder.strip())
            if picture.replay:

                def live() -> None:
                    bridge.session.choose_all(bridge.choices)
                    close()

                solara.Button("Back to live runs", on_click=live)


@solara.component
def Help(close: Callable[[], None]) -> None:
    """Dialog that lists the keys."""
    keys = (
        ("space", "play, pause"),
        ("right, left arrow", "a month on, a month back"),
        ("E", "to the next event"),
        ("R", "back to the first month"),
        ("1 to 8", "views"),
        ("L", "scenario and levers"),
        ("S", "what happened, under the pictures"),
        ("T", "light, dark"),
        ("O", "recordings and downloads"),
        ("Tab, Enter", "from one control or organisation to the next, and choose it"),
        ("Esc", "close what is open"),
    )
    with solara.Div(classes=["cm-dialog"]):
        with solara.Row(justify="space-between"):
            solara.HTML("h2", "Keys")
            solara.Button("Close", on_click=close, text=True)
        for key, does in keys:
            with solara.Row():
                solara.HTML("b", key, style="min-width: 11rem")
                solara.Text(does)
