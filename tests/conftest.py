from hypothesis import HealthCheck, settings

# No deadline: a machine under load is not a defect. A bounded number of examples, and nothing kept between runs.
settings.register_profile(
    "multichat",
    deadline=None,
    max_examples=40,
    database=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
# `--hypothesis-profile long` looks further.
settings.register_profile("long", settings.get_profile("multichat"), max_examples=1_000)
settings.load_profile("multichat")
