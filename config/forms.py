"""How forms are rendered."""

from typing import Any

from django.forms import BoundField
from django.forms.renderers import TemplatesSetting


class FocusedField(BoundField):
    """A field that takes the focus if it is the first one to correct.

    That is the first with an error, or the first of all if the error is the whole form's.
    """

    def build_widget_attrs(self, attrs: dict[str, Any], widget: Any = None) -> dict[str, Any]:
        """Add `autofocus` to Django's attributes, which tie the field to its error."""
        attrs = super().build_widget_attrs(attrs, widget)
        return attrs | {"autofocus": True} if self.form.is_bound and self._is_first_to_correct() else attrs

    def _is_first_to_correct(self) -> bool:
        visible = [field.name for field in self.form.visible_fields()]
        wrong = [name for name in visible if name in self.form.errors]
        return bool(self.form.errors) and self.name in (wrong or visible)[:1]


class FormRenderer(TemplatesSetting):
    """Render forms with the project's templates."""

    bound_field_class = FocusedField
