"""Categories: what admins sort events into."""

from typing import Annotated

import strawberry
from strawberry import ID

from domain.ids import CategoryId
from domain.venues import Category as CategoryRecord
from resolvers import permissions
from resolvers.context import Info
from schema.catalogue_refusals import refused
from schema.categories import (
    Category,
    CategoryDeleted,
    CreateCategoryInput,
    CreateCategoryResult,
    DeleteCategoryResult,
    UpdateCategoryInput,
    UpdateCategoryResult,
)


@strawberry.type
class CategoryMutations:
    """What admins do with categories."""

    @strawberry.mutation(description="Add a category. For admins.")
    async def create_category(self, info: Info, input: CreateCategoryInput) -> CreateCategoryResult:
        """An admin."""
        actor = permissions.admin(info).user_id
        match await info.context.services.catalogue_writer.create_category(input.slug, input.name, actor):
            case CategoryRecord() as category:
                return Category.of(category)
            case refusal:
                return refused(refusal)

    @strawberry.mutation(description="Change a category. For admins.")
    async def update_category(self, info: Info, input: UpdateCategoryInput) -> UpdateCategoryResult:
        """An admin."""
        actor = permissions.admin(info).user_id
        category_id = CategoryId.parse(input.category_id)
        match await info.context.services.catalogue_writer.update_category(category_id, input.to_change(), actor):
            case CategoryRecord() as category:
                return Category.of(category)
            case refusal:
                return refused(refusal)

    @strawberry.mutation(description="Forget a category that no event is of. For admins.")
    async def delete_category(
        self, info: Info, category_id: Annotated[ID, strawberry.argument(description="The category.")]
    ) -> DeleteCategoryResult:
        """An admin."""
        actor = permissions.admin(info).user_id
        parsed = CategoryId.parse(category_id)
        match await info.context.services.catalogue_writer.delete_category(parsed, actor):
            case CategoryRecord():
                return CategoryDeleted.of(parsed)
            case refusal:
                return refused(refusal)
