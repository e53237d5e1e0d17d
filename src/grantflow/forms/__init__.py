"""Forms: a form-js schema becomes fields, a view, checked answers and routing values."""

from grantflow.forms.collect import nest
from grantflow.forms.compare import Change
from grantflow.forms.field import Field, Kind, Option, Words
from grantflow.forms.form import Form
from grantflow.forms.lint import lint
from grantflow.forms.parse import parse, read
from grantflow.forms.plain import require_visible, visible
from grantflow.forms.view import Choice, Fault, FieldView, FormView, RowView

__all__ = [
    "Change",
    "Choice",
    "Fault",
    "Field",
    "FieldView",
    "Form",
    "FormView",
    "Kind",
    "Option",
    "RowView",
    "Words",
    "lint",
    "nest",
    "parse",
    "read",
    "require_visible",
    "visible",
]
