"""Which organisations stand in a public register by their legal form."""

from __future__ import annotations

import re

_REGISTERED = re.compile(
    r"e\.?v\.?|eg(br)?|e\.k(fm|fr)?\.?|ek"
    r"|(g|gemeinnützige)?(gmbh|ug|ag)(\(haftungsbeschränkt\))?|kgaa|se|sce|ohg|kg|partg(mbb)?"
    r"|.*(gmbh|ug\(haftungsbeschränkt\)|ag|se)&co\.?(kg|ohg)(aa)?"
    r"|(eingetragener?|registered).*"
    r"|.*beschränkterhaftung|.*unternehmergesellschaft.*|.*aktiengesellschaft"
    r"|.*kommanditgesellschaft.*|offenehandelsgesellschaft|partnerschaftsgesellschaft.*"
)


def registered(legal_form: str) -> bool:
    """Whether a legal form, as an organisation states it, exists by an entry in a register only.

    That is the register of associations (§ 21 BGB), of companies (§ 707 BGB for the eGbR), of
    cooperatives (§ 10 GenG), of partnerships (§ 4 PartGG) and the commercial register (§§ 1 to 6
    HGB, § 7 GmbHG, § 36 AktG). Public bodies, foundations and associations without entry stand in
    none: for an unknown legal form the answer is no.
    """
    plain = re.sub(r"\s+", "", legal_form).casefold().replace("e.g.", "eg")
    return _REGISTERED.fullmatch(plain) is not None
