"""The words that invented data are made of."""

from dataclasses import dataclass

from runtime.demo_programme import NIGHTS, PLAYS, TOURS


@dataclass(frozen=True, slots=True)
class Town:
    """Where a venue may be, and what a pound's worth costs there, in the currency's own unit."""

    city: str
    state: str | None
    country: str
    timezone: str
    currency: str
    rate: float
    street: str


TOWNS = (
    Town("London", None, "GB", "Europe/London", "GBP", 1, "Embankment"),
    Town("Berlin", None, "DE", "Europe/Berlin", "EUR", 1.2, "Kanalstraße"),
    Town("New York", "NY", "US", "America/New_York", "USD", 1.3, "West 44th Street"),
    Town("Tokyo", None, "JP", "Asia/Tokyo", "JPY", 190, "Shibuya"),
    Town("Sydney", "NSW", "AU", "Australia/Sydney", "AUD", 2, "Macquarie Street"),
    Town("São Paulo", "SP", "BR", "America/Sao_Paulo", "BRL", 7, "Rua Augusta"),
    Town("Kuwait City", None, "KW", "Asia/Kuwait", "KWD", 0.4, "Gulf Road"),
    Town("Mumbai", "MH", "IN", "Asia/Kolkata", "INR", 110, "Marine Drive"),
    Town("Reykjavík", None, "IS", "Atlantic/Reykjavik", "ISK", 175, "Austurbakki"),
    Town("Toronto", "ON", "CA", "America/Toronto", "CAD", 1.8, "King Street West"),
)
HOUSES = ("Arena", "Playhouse", "Park", "Concert Hall", "Opera House", "Studio")
HOUSE_NAMES = ("Harbour", "Riverside", "Northern", "Old Mill", "Royal", "Garden", "Lighthouse", "Market")
CATEGORIES = ("Music", "Theatre", "Comedy", "Dance", "Sport", "Talks", "Film", "Family", "Opera", "Festivals", "Circus", "Exhibitions")
ORGANIZATIONS = ("Productions", "Live", "Concerts", "Stage Company", "Festivals", "Presents")
ORGANIZATION_NAMES = ("Riverside", "Blue Door", "Lantern", "Northlight", "Paper Boat", "Second Sun", "Tall Ships", "Wild Geese")
EVENTS = (
    *(work.name for work in (*PLAYS, *TOURS, *NIGHTS)),
    *("The Long Weekend", "Swan Lake", "Cup Final", "An Evening of Questions", "Silent Films with Piano"),
)
FIRST_NAMES = (
    *("Ada", "Ben", "Chidi", "Dana", "Elif", "Farid", "Greta", "Hugo", "Ines", "Jonas", "Keiko", "Liam", "Mei", "Nadia", "Omar", "Priya"),
    *("Quentin", "Rosa", "Sven", "Tariq", "Uma", "Vera", "Wanda", "Xavier", "Yusuf", "Zoe", "Amara", "Bruno", "Clara", "Diego"),
)
LAST_NAMES = (
    *("Abbott", "Baker", "Costa", "Dubois", "Eriksen", "Fischer", "Garcia", "Hoffman", "Ivanova", "Jensen", "Khan", "Lopez", "Murphy"),
    *("Nguyen", "Okafor", "Patel", "Quinn", "Rossi", "Sato", "Tanaka", "Usman", "Varga", "Weber", "Xu", "Yilmaz", "Zhang", "Smith"),
)
CANCEL_REASONS = ("The singer has lost her voice.", "The roof is under repair.", "The company could not travel.")
CARDS = ("pm_card_visa", "pm_card_mastercard", "pm_card_amex")
DECLINES = (
    ("pm_card_visa_chargeDeclined", "card_declined"),
    ("pm_card_visa_chargeDeclinedInsufficientFunds", "insufficient_funds"),
    ("pm_card_chargeDeclinedExpiredCard", "expired_card"),
)
"""A token of the sandbox that declines, and what it says."""
