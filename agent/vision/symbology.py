"""The symbologies a line may carry, and what each decoder and standard calls them."""

from enum import StrEnum

from pyzbar.wrapper import ZBarSymbol
from zxingcpp import BarcodeFormat


class Symbology(StrEnum):
    """What is printed. The gs1_ members demand FNC1 in the symbol itself."""

    QR = "qr"
    GS1_QR = "gs1_qr"
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

    @property
    def formats(self) -> tuple[BarcodeFormat, ...]:
        """What zxing-cpp is asked for; GS1 or not is told by FNC1 alone."""
        return _FORMATS[self]

    @property
    def zbar_symbol(self) -> ZBarSymbol | None:
        """What zbar is asked for; None where zbar does not know it."""
        return _ZBAR.get(self)

    def matches(self, aim: str) -> bool:
        """Whether a symbol with this identifier is of this kind, FNC1 included."""
        return Symbology.from_aim(aim) is self

    @staticmethod
    def from_aim(aim: str) -> "Symbology | None":
        """What a symbology identifier (ISO/IEC 15424) stands for; None: not ours."""
        return _GS1_AIMS.get(aim) or _LETTERS.get(aim[1:2])


_LINEAR = {Symbology.CODE_128, Symbology.GS1_128, Symbology.ITF, Symbology.EAN_13}
_GS1 = {Symbology.GS1_QR, Symbology.GS1_DATA_MATRIX, Symbology.GS1_128}

# Never plain QRCode: that includes Micro QR, whose size M1 has no error correction
# and was "read" out of blurred full-size symbols.
_QR_FORMATS = (BarcodeFormat.QRCodeModel2, BarcodeFormat.QRCodeModel1)
_FORMATS = {
    Symbology.QR: _QR_FORMATS,
    Symbology.GS1_QR: _QR_FORMATS,
    Symbology.DATA_MATRIX: (BarcodeFormat.DataMatrix,),
    Symbology.GS1_DATA_MATRIX: (BarcodeFormat.DataMatrix,),
    Symbology.CODE_128: (BarcodeFormat.Code128,),
    Symbology.GS1_128: (BarcodeFormat.Code128,),
    Symbology.ITF: (BarcodeFormat.ITF,),
    Symbology.EAN_13: (BarcodeFormat.EAN13,),
}

# zbar has no Data Matrix; libdmtx aborts the process on some photographs.
_ZBAR = {
    Symbology.QR: ZBarSymbol.QRCODE,
    Symbology.GS1_QR: ZBarSymbol.QRCODE,
    Symbology.CODE_128: ZBarSymbol.CODE128,
    Symbology.GS1_128: ZBarSymbol.CODE128,
    Symbology.ITF: ZBarSymbol.I25,
    Symbology.EAN_13: ZBarSymbol.EAN13,
}

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
