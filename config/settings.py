"""Backchat's settings: one file, every difference between machines from the environment (see .env.example)."""

import os
from pathlib import Path

import environ
from csp.constants import NONCE, NONE, SELF
from django.core.management.utils import get_random_secret_key

from config.refusal import refuse_to_start

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
env.read_env(BASE_DIR / ".env")

# --- Where we run ------------------------------------------------------------------------------------------

DEBUG = env.bool("DEBUG", default=False)
HTTPS = env.bool("HTTPS", default=not DEBUG)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)
REDIS_URL = env.str("REDIS_URL", default="")

SECRET_KEY = env.str("SECRET_KEY", default="")
if DEBUG and not SECRET_KEY:
    SECRET_KEY = "development-only-" + "backchat-" * 5
elif not DEBUG and (len(SECRET_KEY) < 32 or len(set(SECRET_KEY)) < 5 or "insecure" in SECRET_KEY):
    refuse_to_start(
        "SECRET_KEY is missing or weak, and DEBUG is off. Set it to a random text, such as "
        f"SECRET_KEY='{get_random_secret_key()}'"
    )

# Logging in by another site: offered as soon as its keys are set (Google: https://console.cloud.google.com/apis,
# GitHub: https://github.com/settings/developers; the address to come back to is /accounts/<site>/login/callback/).
SOCIAL_SITES = {
    site: {
        "APPS": [{"client_id": client_id, "secret": env.str(f"{site.upper()}_CLIENT_SECRET", default="")}],
        "SCOPE": scope,
    }
    for site, scope in {"google": ["profile", "email"], "github": ["read:user", "user:email"]}.items()
    if (client_id := env.str(f"{site.upper()}_CLIENT_ID", default=""))
}
SOCIAL_APPS = [f"allauth.socialaccount.providers.{site}" for site in SOCIAL_SITES]
SOCIAL_ORIGINS = {"google": "https://accounts.google.com", "github": "https://github.com"}

# --- What it is made of ------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "daphne",  # before staticfiles: makes runserver speak ASGI
    "django.forms",  # its templates, so that templates/django/forms/ can dress them
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "servestatic",
    "config.static_files.CollectedFilesConfig",
    "channels",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    *SOCIAL_APPS,
    "csp",
    "django_htmx",
    "a_home",
    "a_live",
    "a_users",
    "a_rtchat",
    "django_cleanup.apps.CleanupConfig",  # last: it watches the models of all others
]

MIDDLEWARE = [  # all sync: a single async one would cost each page several thread switches
    "config.compression.CompressionMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "a_users.middleware.LanguageMiddleware",
    "a_users.middleware.PrivatePagesMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "a_users.middleware.SeenMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.i18n",
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# --- Where things are kept ---------------------------------------------------------------------------------

DATABASE_URL = env.str("DATABASE_URL", default="") or f"sqlite:///{BASE_DIR / 'db.sqlite3'}"
DATABASES = {"default": env.db_url_config(DATABASE_URL)}
DATABASE = DATABASES["default"]
DATABASE["CONN_MAX_AGE"] = None  # fixed pools of threads keep their connections
if DATABASE["ENGINE"] == "django.db.backends.sqlite3":
    # WAL lets readers go on while one writes; IMMEDIATE takes the write lock at BEGIN, so that two writers
    # queue up (20 s at most) where a lock taken later would fail at once with "database is locked".
    DATABASE["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
    # A file, because threads and server processes share it with the tests; one for each run.
    DATABASE["TEST"] = {"NAME": BASE_DIR / f"test-{os.getpid()}.sqlite3"}
elif DATABASE["ENGINE"] == "django.db.backends.postgresql":
    DATABASE["CONN_HEALTH_CHECKS"] = True  # reconnect after PostgreSQL restarts

CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels.layers.InMemoryChannelLayer",
        # The hub subscribes once and stays: the default would forget it after a day.
        "CONFIG": {"capacity": 1_000, "group_expiry": 10 * 365 * 24 * 3600},
    }
}
if REDIS_URL:
    CACHES["default"] = {"BACKEND": "config.cache.ForgivingRedisCache", "LOCATION": REDIS_URL}
    CHANNEL_LAYERS["default"] = {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [REDIS_URL], "prefix": "backchat"},
    }

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
SERVESTATIC_USE_FINDERS = True  # serves before the first collectstatic, too
SERVESTATIC_ALLOW_ALL_ORIGINS = False
MEDIA_URL = "/media/"
MEDIA_ROOT = env.str("MEDIA_ROOT", default="") or BASE_DIR / "media"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "config.static_files.HashedWhenCollectedStorage"},
}

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGE_CODE = "en"  # also that of what is the same for every reader
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True

# --- Who may come in ---------------------------------------------------------------------------------------

SESSION_ENGINE = "a_live.sessions"
AUTH_USER_MODEL = "a_users.User"
AUTHENTICATION_BACKENDS = ["a_users.backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
LOGIN_URL = "home"
LOGIN_REDIRECT_URL = "rooms"
ACCOUNT_SIGNUP_REDIRECT_URL = "welcome"
ACCOUNT_LOGOUT_REDIRECT_URL = "home"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email", "password1*"]
ACCOUNT_ADAPTER = "a_users.adapter.AccountAdapter"
ACCOUNT_FORMS = {"login": "a_users.forms.entry.SignInForm", "signup": "a_users.forms.entry.SignUpForm"}
ACCOUNT_USERNAME_VALIDATORS = "a_users.usernames.VALIDATORS"
ACCOUNT_EMAIL_VERIFICATION = "optional"
ACCOUNT_CHANGE_EMAIL = True  # one address; a new one replaces the last when it is confirmed
ACCOUNT_PREVENT_ENUMERATION = "strict"  # an address that is taken is told to its owner alone
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False  # this device stays; the hash of the password ends the others
ACCOUNT_EMAIL_NOTIFICATIONS = True  # tell by mail of a new password, address or factor
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_RATE_LIMITS = {
    "confirm_email": "3/5m/key",  # the mail after signing up, and two more
    "login_anywhere": "100/h/key",  # of one name, from wherever: beside allauth's, which is for one name and place
}
MFA_ADAPTER = "a_users.adapter.TwoStepAdapter"
MFA_FORMS = {
    "add_webauthn": "a_users.forms.passkeys.AddForm",
    "authenticate_webauthn": "a_users.forms.passkeys.AuthenticateForm",
    "edit_webauthn": "a_users.forms.passkeys.RenameForm",
    "login_webauthn": "a_users.forms.passkeys.SignInForm",
    "reauthenticate_webauthn": "a_users.forms.passkeys.ReauthenticateForm",
}
MFA_ALLOW_UNVERIFIED_EMAIL = True  # the address is optional; who wants a second step may change theirs
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Backchat"
MFA_TOTP_TOLERANCE = 1  # codes: a clock may be half a minute wrong
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEBUG or not HTTPS  # http://localhost
SOCIALACCOUNT_PROVIDERS = SOCIAL_SITES
SOCIALACCOUNT_ADAPTER = "a_users.adapter.SocialAccountAdapter"
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False  # the same address elsewhere proves nothing here
USERSESSIONS_TRACK_ACTIVITY = True
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXY_COUNT

vars().update(env.email_url_config(env.str("EMAIL_URL", default="") or "consolemail://"))
EMAIL_TIMEOUT = 10  # seconds; a page that sends a mail waits no longer
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Backchat <backchat@localhost>")

# --- HTTP (config/http.py) -----------------------------------------------------------------------------------

HTTP_THREADS = max(1, env.int("HTTP_THREADS", default=4))  # threads (and database connections) that answer requests
HTTP_QUEUE_LIMIT = 200  # queued requests; more get a 503
HTTP_BODY_LIMIT = 1024 * 1024  # bytes of a request body; more is a 413
HTTP_BODY_LIMITS = {  # where pictures are uploaded
    r"^/(profile/edit|welcome)/$": 6 * 1024 * 1024,
    r"^/admin/a_users/": 6 * 1024 * 1024,
}

# --- What the browser may do -------------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF, NONCE],  # the nonce is for the one personal rule of a room page
        "connect-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF, *(SOCIAL_ORIGINS[site] for site in SOCIAL_SITES)],
    }
}
X_FRAME_OPTIONS = "DENY"
CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
if HTTPS:
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = True
if TRUSTED_PROXY_COUNT:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# --- Chat --------------------------------------------------------------------------------------------------

CHAT_BODY_LIMIT = 4_000  # characters of a message
CHAT_FRAME_LIMIT = 64 * 1024  # bytes of a socket frame: 4,000 emoji as JSON escapes (12 bytes each) fit
CHAT_PAGE_SIZE = 50  # messages of a page of history
CHAT_ROOMS_LISTED = 100  # rooms in the sidebar: the ones with the newest messages; the filter finds all
CHAT_RENDERED_CHARACTERS = 32_000_000  # of message HTML kept in a process, some 20,000 messages
CHAT_REPLAY_PAGE_SIZE = 100  # changes read at once when a reader catches up
CHAT_REPLAY_ANNOUNCED = 50  # missed changes from which on a reader is told how many there are
CHAT_QUEUE_LIMIT = 256  # fragments waiting for one reader before its socket is closed as too slow
CHAT_QUEUE_CHARACTERS = 1_000_000  # and their characters
CHAT_STALL_SECONDS = 20.0  # how long a reader may take to take the closing before it is cut
CHAT_DRAIN_SECONDS = 2.0  # the same when the process is restarting
CHAT_POST_BURST = env.int("CHAT_POST_BURST", default=20)  # messages of one user at once
CHAT_POSTS_PER_SECOND = env.float("CHAT_POSTS_PER_SECOND", default=1.0)  # and afterwards
CHAT_SOCKETS_PER_USER = env.int("CHAT_SOCKETS_PER_USER", default=50)  # in one process
CHAT_FRAME_BURST = env.int("CHAT_FRAME_BURST", default=200)  # frames of any kind of one user at once, in one process
CHAT_FRAMES_PER_SECOND = 50.0  # and afterwards
CHAT_HANDSHAKE_BURST = 100  # sockets that one user may open at once, in one process
CHAT_HANDSHAKES_PER_SECOND = 10.0  # and afterwards
CHAT_RECHECK_SECONDS = 10.0  # how often the hub asks the door again for everyone who is in
CHAT_RECONCILE_SECONDS = 3.0  # how often the hub compares its rooms with the database
CHAT_ORM_THREADS = 4  # threads (and database connections) that serve the sockets of a process

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "filters": {"uploads": {"()": "config.http_body.WithoutBrokenUploads"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["uploads"]}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "django": {"handlers": ["console"], "level": "INFO", "propagate": False},
        "a_live": {"handlers": ["console"], "level": "INFO", "propagate": False},
        "a_rtchat": {"handlers": ["console"], "level": "INFO", "propagate": False},
    },
}
