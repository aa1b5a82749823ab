"""The words of American street addresses, and their short forms at this office (CP §3.8).

Belongs here: word lists only. How they are used: address_spelling.py (what is written) and
address_matching.py (what counts as the same).
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

# The office's own short forms, some of which differ from the post's (CR, CRT, PK).
OFFICE_TYPES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "AVENUE": "AVE",
        "BOULEVARD": "BLVD",
        "CIRCLE": "CR",
        "COURT": "CRT",
        "DRIVE": "DR",
        "HANGAR": "HNGR",
        "HANGER": "HNGR",
        "HIGHWAY": "HWY",
        "PARKWAY": "PK",
        "PLACE": "PL",
        "ROOM": "RM",
        "STREET": "ST",
        "TERRACE": "TER",
        "TERRANCE": "TER",
        "TRAIL": "TRL",
        "WAREHOUSE": "WHSE",
    }
)
# Types that the office leaves as they are written; what they mean is the same all the same.
OTHER_TYPES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "ALLEY": "ALY",
        "AV": "AVE",
        "BLVR": "BLVD",
        "CIR": "CR",
        "CIRC": "CR",
        "CT": "CRT",
        "CRT": "CRT",
        "EXPRESSWAY": "EXPY",
        "LANE": "LN",
        "PIKE": "PIKE",
        "PKWY": "PK",
        "PKY": "PK",
        "PLAZA": "PLZ",
        "ROAD": "RD",
        "SQUARE": "SQ",
        "STR": "ST",
        "TERR": "TER",
        "TURNPIKE": "TPKE",
        "WAY": "WAY",
    }
)
STREET_TYPES: Final = frozenset(
    (*OFFICE_TYPES, *OFFICE_TYPES.values(), *OTHER_TYPES, *OTHER_TYPES.values())
)
DIRECTIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "NORTH": "N",
        "SOUTH": "S",
        "EAST": "E",
        "WEST": "W",
        "NORTHEAST": "NE",
        "NORTHWEST": "NW",
        "SOUTHEAST": "SE",
        "SOUTHWEST": "SW",
    }
)
DIRECTION_WORDS: Final = frozenset((*DIRECTIONS, *DIRECTIONS.values()))
ORDINALS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "FIRST": "1ST",
        "SECOND": "2ND",
        "THIRD": "3RD",
        "FOURTH": "4TH",
        "FIFTH": "5TH",
        "SIXTH": "6TH",
        "SEVENTH": "7TH",
        "EIGHTH": "8TH",
        "NINTH": "9TH",
        "TENTH": "10TH",
        "ELEVENTH": "11TH",
        "TWELFTH": "12TH",
        "THIRTEENTH": "13TH",
        "FOURTEENTH": "14TH",
        "FIFTEENTH": "15TH",
        "SIXTEENTH": "16TH",
        "SEVENTEENTH": "17TH",
        "EIGHTEENTH": "18TH",
        "NINETEENTH": "19TH",
        "TWENTIETH": "20TH",
    }
)
# Before an ordinal, one of these makes it another number: TWENTY SECOND is the 22ND.
TENS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "TWENTY": "2",
        "THIRTY": "3",
        "FORTY": "4",
        "FIFTY": "5",
        "SIXTY": "6",
        "SEVENTY": "7",
        "EIGHTY": "8",
        "NINETY": "9",
    }
)
HUNDREDS: Final = frozenset(("HUNDRED", "THOUSAND"))
# Words before the number of a unit, and the one that stands for all spellings of it.
UNITS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "APARTMENT": "APT",
        "APT": "APT",
        "BLDG": "BLDG",
        "BUILDING": "BLDG",
        "DEPT": "DEPT",
        "FLOOR": "FL",
        "HANGAR": "HNGR",
        "HANGER": "HNGR",
        "HNGR": "HNGR",
        "LOT": "LOT",
        "RM": "RM",
        "ROOM": "RM",
        "STE": "STE",
        "SUITE": "STE",
        "UNIT": "UNIT",
        "WAREHOUSE": "WHSE",
        "WHSE": "WHSE",
    }
)
FLOORS: Final = frozenset(("FLOOR", "FLR", "FL"))
