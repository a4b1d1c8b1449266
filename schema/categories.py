"""Categories: the kinds of events, and what admins change about them."""

from typing import Annotated, Self

import strawberry
from strawberry import ID

from domain.ids import CategoryId
from domain.keep import KEEP
from domain.venues import Category as CategoryRecord
from domain.venues import CategoryChange
from schema.catalogue_refusals import CategoryInUse, CategoryNotFound
from schema.nodes import Node
from schema.refusals import ValidationFailed


@strawberry.type(description="A kind of event.")
class Category(Node):
    slug: str = strawberry.field(description="What it is called in addresses.")
    name: str = strawberry.field(description="What people call it.")

    @classmethod
    def of(cls, category: CategoryRecord) -> Self:
        """A category as clients see it."""
        return cls(id=ID(str(category.category_id)), slug=category.slug, name=category.name)


@strawberry.input(description="A new category.")
class CreateCategoryInput:
    slug: str = strawberry.field(description="Small letters and digits, with single hyphens between: `live-music`. No other has it.")
    name: str = strawberry.field(description="1 to 200 characters.")


@strawberry.input(description="What to change about a category; what is left out, or null, stays as it is.")
class UpdateCategoryInput:
    category_id: ID = strawberry.field(description="The category.")
    slug: str | None = strawberry.field(default=None, description="Small letters and digits, with single hyphens between. No other has it.")
    name: str | None = strawberry.field(default=None, description="1 to 200 characters.")

    def to_change(self) -> CategoryChange:
        """The input as the rules know it."""
        return CategoryChange(KEEP if self.slug is None else self.slug, KEEP if self.name is None else self.name)


# Results


@strawberry.type(description="A category that is gone.")
class CategoryDeleted:
    category_id: ID = strawberry.field(description="What its id was.")

    @classmethod
    def of(cls, category_id: CategoryId) -> "CategoryDeleted":
        """What clients are told of it."""
        return cls(category_id=ID(str(category_id)))


CreateCategoryResult = Annotated[
    Category | ValidationFailed, strawberry.union("CreateCategoryResult", description="The category, or why not.")
]
UpdateCategoryResult = Annotated[
    Category | CategoryNotFound | ValidationFailed,
    strawberry.union("UpdateCategoryResult", description="The category as it is now, or why not."),
]
DeleteCategoryResult = Annotated[
    CategoryDeleted | CategoryNotFound | CategoryInUse,
    strawberry.union("DeleteCategoryResult", description="That it is gone, or why not."),
]
