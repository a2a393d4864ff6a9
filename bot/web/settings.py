"""Django settings. The environment is read here and in bot/settings.py, nowhere else."""

import os
import secrets
from pathlib import Path

import environ

from bot.settings import ROOT, SettingsError, settings

env = environ.Env()
VAR: Path = settings().var
VAR.mkdir(parents=True, exist_ok=True)
CLINIC = settings().clinic


def _secret_key() -> str:
    # A key of its own for every installation, made once; deploy/ sets LDN_SECRET_KEY instead.
    path = VAR / "secret_key"
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
    except FileExistsError:
        pass
    key = path.read_text(encoding="utf-8").strip()
    if len(key) < 32:
        raise SettingsError(f"{path} is damaged. Delete it (everybody must sign in again) or set LDN_SECRET_KEY.")
    return key


SECRET_KEY = env.str("LDN_SECRET_KEY", default="") or _secret_key()
DEBUG = False
ALLOWED_HOSTS = env.list("LDN_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
SECURE_COOKIES = env.bool("LDN_HTTPS", default=False)
CSRF_TRUSTED_ORIGINS = env.list("LDN_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "django.contrib.admin.apps.SimpleAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "corsheaders",
    "rest_framework",
    "drf_spectacular",
    "django_htmx",
    # Before allauth: our layout and elements replace its own.
    "bot.web.accounts",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "crispy_forms",
    "crispy_bootstrap5",
    "bot.web.chat",
    "bot.web.review",
    "bot.web.desk",
    "bot.web.content",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "bot.web.accounts.middleware.StaffMiddleware",
]

ROOT_URLCONF = "bot.web.urls"
WSGI_APPLICATION = "bot.web.wsgi.application"
AUTH_USER_MODEL = "accounts.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "bot.web.context.clinic",
                "bot.web.accounts.context.staff",
            ]
        },
    }
]

DATABASES = {"default": env.db_url("LDN_DATABASE_URL", default=f"sqlite:///{VAR / 'ldn.sqlite3'}")}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {
        # Writers queue at BEGIN instead of failing half-way; readers never wait for them.
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
    }
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 60

_redis = env.str("LDN_REDIS_URL", default="")
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": _redis}
    if _redis
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
}

LANGUAGE_CODE = "en-us"
TIME_ZONE = env.str("LDN_TIME_ZONE", default="UTC")
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = ROOT / "build" / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "CommonPasswordValidator", "NumericPasswordValidator")
] + [{"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}}]

# Staff sign in with allauth; patients never do. Twelve hours at most, fifteen minutes idle.
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
SESSION_COOKIE_AGE = 12 * 3600
STAFF_IDLE_SECONDS = 15 * 60
# On where patients' data are real (LDN_HTTPS); a demo on one's own machine may go without.
STAFF_REQUIRE_MFA = env.bool("LDN_REQUIRE_MFA", default=SECURE_COOKIES)
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "staff-home"
ACCOUNT_ADAPTER = "bot.web.accounts.adapter.ClosedAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_EMAIL_NOTIFICATIONS = False
ACCOUNT_RATE_LIMITS = {"login": "30/m/ip", "login_failed": "30/5m/ip,5/5m/key", "reauthenticate": "5/5m/user"}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = CLINIC.name
MFA_RECOVERY_CODE_COUNT = 10
CRISPY_ALLOWED_TEMPLATE_PACKS = CRISPY_TEMPLATE_PACK = "bootstrap5"
# The audit trail is bound with this key; whoever has the database alone cannot forge it.
AUDIT_KEY = env.str("LDN_AUDIT_KEY", default="") or SECRET_KEY

# Notifications of cases; without a server they say so on the staff pages.
EMAIL = env.email_url("LDN_SMTP_URL", default="smtp://localhost:25")
EMAIL_HOST, EMAIL_PORT = EMAIL["EMAIL_HOST"], EMAIL["EMAIL_PORT"]
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = EMAIL["EMAIL_HOST_USER"], EMAIL["EMAIL_HOST_PASSWORD"]
EMAIL_USE_TLS, EMAIL_USE_SSL = EMAIL.get("EMAIL_USE_TLS", False), EMAIL.get("EMAIL_USE_SSL", False)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("LDN_MAIL_FROM", default="ldn-guide@localhost")
WEBHOOK_SECRET = env.str("LDN_WEBHOOK_SECRET", default="")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_COOKIES
SESSION_COOKIE_HTTPONLY = True
SECURE_CONTENT_TYPE_NOSNIFF = True
# Not "no-referrer": browsers then send "Origin: null" with forms, which the CSRF check must refuse.
SECURE_REFERRER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 31_536_000 if SECURE_COOKIES else 0
X_FRAME_OPTIONS = "DENY"
if SECURE_COOKIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

_NONE, _SELF = "'none'", "'self'"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [_NONE],
        "script-src": [_SELF],
        "style-src": [_SELF],
        "img-src": [_SELF],
        "font-src": [_SELF],
        "connect-src": [_SELF],
        "form-action": [_SELF],
        "base-uri": [_NONE],
        "frame-ancestors": [_NONE],
        "frame-src": [_SELF],
    }
}

CORS_ALLOWED_ORIGINS = list(CLINIC.embed_origins)
CORS_URLS_REGEX = r"^/api/chat/.*$"
CORS_ALLOW_HEADERS = ("authorization", "content-type")

# How many proxies stand before us; 0 means that the address of the connection is the patient's.
PROXIES = env.int("LDN_PROXIES", default=0)
MAX_BODY = 16 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = MAX_BODY

REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "bot.web.chat.errors.handler",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "LDN Guide chat API",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/chat/",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "bot.web.chat.serializers.say_what_is_refused",
    ],
}

# No message text in a log: the request line and SQL parameters stay out, errors name the exception only.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"private": {"()": "bot.logs.PrivateFilter"}},
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain", "filters": ["private"]}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "ldn": {"level": "INFO"},
        "django": {"handlers": ["console"], "level": "ERROR", "propagate": False},
        "django.db.backends": {"level": "WARNING"},
    },
}
