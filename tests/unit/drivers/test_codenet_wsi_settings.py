"""Impossible settings of Codenet and WSI printers say why."""

import pytest
from pydantic import ValidationError

from drivers.printers.domino_codenet.settings import DominoCodenetSettings
from drivers.printers.videojet_wsi.settings import VideojetWsiSettings

DOMINO = {"kind": "domino_codenet", "address": "tcp://a:7000"}
VIDEOJET = {"kind": "videojet_wsi", "address": "tcp://a:3100", "field": "CODE"}


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"label": "0"}, "label number 0 is not one of 1 to 255"),
        ({"label": "256"}, "label number 256"),
        ({"label": "啤酒"}, "not a name of 1 to 99 ASCII characters"),
        ({"queue_depth": 0}, "greater than or equal to 1"),
        ({"products_between": 33}, "less than or equal to 32"),
        ({"group_separator": "|"}, "Input should be"),
        ({"address": "tcp-listen://0.0.0.0:7000"}, "is dialled"),
    ],
)
def test_codenet(changes, complaint):
    with pytest.raises(ValidationError, match=complaint):
        DominoCodenetSettings.model_validate(DOMINO | changes)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"field": ""}, "field '' is not 1 to 30 ASCII characters"),
        ({"field": "X" * 31}, "is not 1 to 30 ASCII characters"),
        ({"message": "啤酒"}, "message '啤酒' is not 1 to 30 ASCII characters"),
        ({"blank": "\x1d"}, "GS cannot be sent at all"),
        ({"blank": "X" * 51}, "51 characters, of 1 to 50"),
        ({"poll_s": 0}, "greater than or equal to 0.005"),
    ],
)
def test_wsi(changes, complaint):
    with pytest.raises(ValidationError, match=complaint):
        VideojetWsiSettings.model_validate(VIDEOJET | changes)


@pytest.mark.parametrize("model", [DominoCodenetSettings, VideojetWsiSettings])
def test_every_setting_is_described(model):
    fields = model.model_fields.items()
    assert [n for n, f in fields if n != "kind" and not f.description] == []
