"""Mails: built from the templates in this folder, delivered by SMTP or into the outbox folder."""

from grantflow.mail.composing import TEMPLATES, BadTemplate, compose, message_id
from grantflow.mail.delivery import Refused, deliver

__all__ = ["TEMPLATES", "BadTemplate", "Refused", "compose", "deliver", "message_id"]
