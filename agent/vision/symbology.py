"""The symbologies a line may carry, and the identifiers that tell them apart."""

from enum import StrEnum


class Symbology(StrEnum):
    """What is printed. The gs1_ members demand FNC1 in the symbol itself."""

    QR = "qr"
    GS1_QR = "gs1_qr"
    MICRO_QR = "micro_qr"
    DATA_MATRIX = "data_matrix"
    GS1_DATA_MATRIX = "gs1_data_matrix"
    CODE_128 = "code_128"
    GS1_128 = "gs1_128"
    ITF = "itf"
    EAN_13 = "ean_13"

    @property
    def is_linear(self) -> bool:
        """True for bar codes: no error correction, so one reading proves little."""
        return self in _LINEAR

    @property
    def is_gs1(self) -> bool:
        """True where FNC1 in first position marks the data as GS1 element strings."""
        return self in _GS1

    def matches(self, aim: str) -> bool:
        """Whether a symbol with this identifier is of this kind, FNC1 included.

        Micro QR has the identifiers of a QR without FNC1.
        """
        kind = Symbology.QR if self is Symbology.MICRO_QR else self
        return Symbology.from_aim(aim) is kind

    @staticmethod
    def from_aim(aim: str) -> "Symbology | None":
        """What a symbology identifier (ISO/IEC 15424) stands for; None: not ours.

        Micro QR shares its identifiers with QR and is told from it by its shape alone.
        """
        return _GS1_AIMS.get(aim) or _LETTERS.get(aim[1:2])


_LINEAR = {Symbology.CODE_128, Symbology.GS1_128, Symbology.ITF, Symbology.EAN_13}
_GS1 = {Symbology.GS1_QR, Symbology.GS1_DATA_MATRIX, Symbology.GS1_128}

# FNC1 in first position, without and with an ECI. Any other modifier is the plain
# symbol: nothing special, AIM's FNC1 in second position, an ECI, a macro.
_GS1_AIMS = {
    "]Q3": Symbology.GS1_QR,
    "]Q4": Symbology.GS1_QR,
    "]d2": Symbology.GS1_DATA_MATRIX,
    "]d5": Symbology.GS1_DATA_MATRIX,
    "]C1": Symbology.GS1_128,
}
_LETTERS = {
    "Q": Symbology.QR,
    "d": Symbology.DATA_MATRIX,
    "C": Symbology.CODE_128,
    "I": Symbology.ITF,
    "E": Symbology.EAN_13,
}
