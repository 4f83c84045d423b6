"""One dialog for every act: to what, by whom, why, and are you sure."""

from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Input, OptionList, Static
from textual.widgets.option_list import Option

from ui.actions import Act, Choice
from ui.words import Words

WHICH = Words(zh="对象", en="which")
WHO = Words(zh="操作人（工号或姓名）", en="who (badge or name)")
WHY = Words(zh="原因", en="reason")
MISSING = Words(zh="请填写操作人和原因。", en="Say who and why.")
KEYS = Words(zh="回车下一步或确认，Esc 取消", en="Enter: next, confirm; Esc: cancel")


@dataclass(frozen=True, slots=True, kw_only=True)
class ActInput:
    """What the operator confirmed."""

    choice: str
    by: str
    reason: str


class ActDialog(ModalScreen[ActInput | None]):
    """Gives back an `ActInput`, or None when the operator turns away."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "取消 Cancel")
    ]

    def __init__(self, act: Act, choices: tuple[Choice, ...], by: str) -> None:
        super().__init__()
        self._act = act
        self._choices = choices
        self._by = by

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog") as dialog:
            dialog.border_title = str(self._act.words)
            yield Static(str(WHICH), markup=False)
            yield OptionList(
                *(Option(choice.label) for choice in self._choices),
                markup=False,
                id="which",
            )
            yield Static(str(WHO), markup=False)
            yield Input(self._by, max_length=64, id="by")
            yield Static(str(WHY), markup=False)
            yield Input(max_length=200, id="reason")
            yield Static(str(KEYS), id="hint", markup=False)
            with Horizontal(id="buttons"):
                yield Button(f"✓ {self._act.words}", variant="primary", id="confirm")
                yield Button("✗ 取消 Cancel", id="cancel")

    def on_mount(self) -> None:
        self.query_one(OptionList).highlighted = 0
        if len(self._choices) == 1:
            self._to_first_empty()

    def on_option_list_option_selected(self) -> None:
        self._to_first_empty()

    def on_input_submitted(self) -> None:
        if not self._to_first_empty():
            self._confirm()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        if event.button.id == "cancel":
            self.dismiss(None)
        elif not self._to_first_empty():
            self._confirm()
        else:
            self.query_one("#hint", Static).update(f"! {MISSING}")

    def _to_first_empty(self) -> bool:
        """Go to the first field that lacks its text; False if none does."""
        for field in self.query(Input):
            if not field.value.strip():
                field.focus()
                return True
        return False

    def _confirm(self) -> None:
        at = self.query_one(OptionList).highlighted or 0
        self.dismiss(
            ActInput(
                choice=self._choices[at].key,
                by=self.query_one("#by", Input).value.strip(),
                reason=self.query_one("#reason", Input).value.strip(),
            )
        )
