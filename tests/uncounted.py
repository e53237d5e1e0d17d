"""Tests that run without measuring branches, which doubles the time a test takes.

What they walk through is walked by other tests, too: ``pytest --cov --cov-context=test`` tells for
every module what nobody else reaches. Together these reach three of a hundred branches more.
"""

FILES = frozenset(
    {
        "integration/test_access_matrix.py",
        "integration/test_advance_effects.py",
        "integration/test_case_pages.py",
        "integration/test_countersigning.py",
        "integration/test_demo.py",
        "integration/test_jobs_worker.py",
        "integration/test_ledger_concurrency.py",
        "integration/test_letter_facts.py",
        "integration/test_letter_terms.py",
        "integration/test_letters_services.py",
        "integration/test_payment_files.py",
        "integration/test_payments_services.py",
        "integration/test_people.py",
        "integration/test_renotification.py",
        "integration/test_store_restart.py",
        "integration/test_studio.py",
        "integration/test_studio_rules.py",
        "integration/test_tasks_services.py",
        "property/test_financing.py",
        "property/test_interest.py",
        "property/test_prune_walk.py",
        "scenarios/test_shipped.py",
        "unit/engine/test_engine_run.py",
        "unit/letters/test_letter_check.py",
        "unit/letters/test_letter_cover.py",
        "unit/letters/test_letter_render.py",
        "unit/letters/test_letter_swift.py",
        "unit/letters/test_print_run.py",
        "unit/programmes/test_package.py",
        "unit/programmes/test_small_overpayment.py",
        "unit/rules/test_verify_vectors.py",
    }
)
