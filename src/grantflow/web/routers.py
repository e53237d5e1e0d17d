"""Every router of the pages in one list."""

from __future__ import annotations

from fastapi import APIRouter

from grantflow.web import (
    account,
    applicant,
    applicant_tasks,
    case,
    case_forms,
    case_history,
    case_letters,
    caseworker,
    decide,
    documents,
    health,
    ops,
    printing,
    public,
    review,
    signin,
    studio,
    task_form,
)


def all_routers() -> list[APIRouter]:
    """The routers in the order in which addresses are looked up."""
    return [
        public.router,
        signin.router,
        account.router,
        applicant.router,
        applicant_tasks.router,
        documents.router,
        task_form.router,
        caseworker.router,
        review.router,
        decide.router,
        case.router,
        case_history.router,
        case_forms.router,
        case_letters.router,
        printing.router,
        ops.router,
        studio.router,
        health.router,
    ]
