"""Backchat's settings. Everything that differs between machines comes from the environment (see .env.example)."""

import os
from pathlib import Path

import environ
from csp.constants import NONCE, NONE, SELF
from django.core.management.utils import get_random_secret_key

from config.private_files import PrivateConnection
from config.refusal import refuse_to_start

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
env.read_env(BASE_DIR / ".env")

# --- Environment -------------------------------------------------------------------------------------------

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
        "SECRET_KEY is missing or weak, and DEBUG is off. Set it to a random string, such as "
        f"SECRET_KEY='{get_random_secret_key()}'"
    )

# Social sign-in, available once a site's keys are set (Google: https://console.cloud.google.com/apis, GitHub:
# https://github.com/settings/developers; the callback URL is /accounts/<site>/login/callback/).
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

# --- Apps and middleware -----------------------------------------------------------------------------------

INSTALLED_APPS = [
    "daphne",  # before staticfiles, so that runserver serves ASGI
    "django.forms",  # so that templates/django/forms/ can override its templates
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
    "django_cleanup.apps.CleanupConfig",  # last, to see all models
]

MIDDLEWARE = [  # all sync: a single async middleware would cost each page several thread switches
    "a_users.budget.MeterMiddleware",  # first: it measures all others
    "config.compression.CompressionMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "config.browser_headers.BrowserHeadersMiddleware",
    "csp.middleware.CSPMiddleware",
    "config.request_checks.CharsetMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "config.request_checks.CrossSiteMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "a_users.middleware.LanguageMiddleware",
    "a_users.middleware.PrivatePagesMiddleware",
    "a_users.budget.BudgetMiddleware",
    "a_users.middleware.SignedOutMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "a_users.known_devices.KnownDeviceMiddleware",
    "a_users.limits.LimitedMiddleware",
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
            "libraries": {"bundles": "config.bundles"},
            "context_processors": [
                "django.template.context_processors.i18n",
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

FORM_RENDERER = "config.forms.FormRenderer"

# --- Databases, caches and files ---------------------------------------------------------------------------

DATABASE_URL = env.str("DATABASE_URL", default="") or f"sqlite:///{BASE_DIR / 'db.sqlite3'}"
DATABASES = {"default": env.db_url_config(DATABASE_URL)}
DATABASE = DATABASES["default"]
DATABASE["CONN_MAX_AGE"] = None  # the fixed thread pools keep their connections
if DATABASE["ENGINE"] == "django.db.backends.sqlite3":
    # WAL lets readers continue during a write. IMMEDIATE takes the write lock at BEGIN, so that writers queue
    # (20 s at most); taking it later would fail at once with "database is locked".
    DATABASE["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        "factory": PrivateConnection,  # a file that other users of the machine can't read
    }
    # A file, because threads and server processes share it with the tests; a new one per run.
    DATABASE["TEST"] = {"NAME": BASE_DIR / f"test-{os.getpid()}.sqlite3"}
elif DATABASE["ENGINE"] == "django.db.backends.postgresql":
    DATABASE["CONN_HEALTH_CHECKS"] = True  # reconnect after PostgreSQL restarts

CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels.layers.InMemoryChannelLayer",
        # The hub subscribes only once: by default it would be forgotten after a day.
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
SERVESTATIC_USE_FINDERS = True  # works before the first collectstatic, too
SERVESTATIC_ALLOW_ALL_ORIGINS = False
MEDIA_URL = "/media/"
MEDIA_ROOT = env.str("MEDIA_ROOT", default="") or BASE_DIR / "media"
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"file_permissions_mode": 0o600, "directory_permissions_mode": 0o700},  # only Backchat serves them
    },
    "staticfiles": {"BACKEND": "config.static_files.HashedWhenCollectedStorage"},
}

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGE_CODE = "en"  # also the language of fragments, which are the same for every reader
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True

# --- Accounts ----------------------------------------------------------------------------------------------

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
    "a_users.hashers.Argon2Hasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
LOGIN_URL = "home"
LOGIN_REDIRECT_URL = "home"  # which redirects to the last room
ACCOUNT_SIGNUP_REDIRECT_URL = "welcome"
ACCOUNT_LOGOUT_REDIRECT_URL = "home"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email", "password1*"]
ACCOUNT_ADAPTER = "a_users.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "add_email": "a_users.forms.emails.AddEmailForm",
    "change_password": "a_users.forms.passwords.ChangePasswordForm",
    "login": "a_users.forms.entry.SignInForm",
    "reset_password": "a_users.forms.emails.ResetPasswordForm",
    "signup": "a_users.forms.entry.SignUpForm",
}
ACCOUNT_USERNAME_VALIDATORS = "a_users.usernames.VALIDATORS"
ACCOUNT_EMAIL_VERIFICATION = "optional"
ACCOUNT_CHANGE_EMAIL = True  # one address; a new one replaces it once confirmed
ACCOUNT_PREVENT_ENUMERATION = "strict"  # only the owner learns that an address is taken
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False  # keep this session; the session hash ends all others
ACCOUNT_EMAIL_NOTIFICATIONS = True  # about a new password, address or sign-in method
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_RATE_LIMITS = {
    "confirm_email": "3/h/key,10/d/key",  # to an address: the email after signing up, and two more
    "manage_email": "60/h/user",
    # Limited by our forms, which keep what was typed, and by a_users/attempts.py.
    **dict.fromkeys(["login", "login_failed", "reauthenticate", "change_password", "signup", "reset_password"], ""),
}
MFA_ADAPTER = "a_users.adapter.TwoStepAdapter"
MFA_FORMS = {
    "activate_totp": "a_users.forms.codes.ActivateForm",
    "authenticate": "a_users.forms.codes.AuthenticateForm",
    "reauthenticate": "a_users.forms.codes.ReauthenticateForm",
    "add_webauthn": "a_users.forms.passkeys.AddForm",
    "authenticate_webauthn": "a_users.forms.passkeys.AuthenticateForm",
    "edit_webauthn": "a_users.forms.passkeys.RenameForm",
    "login_webauthn": "a_users.forms.passkeys.SignInForm",
    "reauthenticate_webauthn": "a_users.forms.passkeys.ReauthenticateForm",
}
MFA_ALLOW_UNVERIFIED_EMAIL = True  # the address is optional
MFA_RATE_LIMITS = {"webauthn_login": "60/m/ip"}  # passkeys can't be guessed; an office shares an address
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Backchat"
MFA_TOTP_TOLERANCE = 1  # codes; a clock may be off by half a minute
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEBUG or not HTTPS  # http://localhost
SOCIALACCOUNT_PROVIDERS = SOCIAL_SITES
SOCIALACCOUNT_ADAPTER = "a_users.adapter.SocialAccountAdapter"
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False  # don't trust addresses confirmed by another site
USERSESSIONS_TRACK_ACTIVITY = True

EMAIL_URL = env.str("EMAIL_URL", default="")
vars().update(env.email_url_config(EMAIL_URL or "consolemail://"))
# In production the console is a log, where links for new passwords must not be: without a mail server, no mail is sent.
CAN_SEND_MAIL = DEBUG or EMAIL_URL.partition(":")[0] not in ("", "consolemail", "dummymail")
if not CAN_SEND_MAIL:
    EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
EMAIL_TIMEOUT = 10  # seconds that a page waits to send an email
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Backchat <backchat@localhost>")

# --- HTTP (config/http.py) -----------------------------------------------------------------------------------

HTTP_THREADS = max(1, env.int("HTTP_THREADS", default=4))  # threads (and database connections) that answer requests
HTTP_QUEUE_LIMIT = 200  # queued requests; more get a 503
HTTP_SLOW_THREADS = max(1, env.int("HTTP_SLOW_THREADS", default=2))  # the same for HTTP_SLOW_POSTS
HTTP_SLOW_QUEUE_LIMIT = 50
HTTP_SLOW_POSTS = [  # POSTs that hash a password, decode a picture, send mails or collect an export
    r"^/accounts/(?!logout/)",
    r"^/admin/",
    r"^/(profile|welcome)/",
    r"^/rooms/new/$",
    r"^/rooms/[^/]+/(settings/picture|invites)/$",  # invites: sends mails
]
HTTP_BODY_LIMIT = 1024 * 1024  # bytes of a request body; more is a 413
HTTP_BODY_LIMITS = {  # pages that accept picture uploads
    r"^/(profile/edit|welcome|rooms/new|rooms/[^/]+/settings/picture)/$": 6 * 1024 * 1024,
    r"^/admin/a_users/": 6 * 1024 * 1024,
}
HTTP_CONNECTIONS = 12_000  # per process, sockets included; beyond it, those between two requests are cut
HTTP_HEAD_LIMIT = 32 * 1024  # bytes of a request's head
HTTP_HEAD_SECONDS = 15.0  # from the connection to the end of the first request's head

# --- Browser security --------------------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF, NONCE],  # the nonce is for the personal rule on room pages
        "connect-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "require-trusted-types-for": ["'script'"],
        "trusted-types": ["default", "inert"],  # static/js/trusted_types.js
        "form-action": [SELF, *(SOCIAL_ORIGINS[site] for site in SOCIAL_SITES)],
    }
}
X_FRAME_OPTIONS = "DENY"
DEFAULT_EXCEPTION_REPORTER = "config.error_reports.Reporter"
CSRF_FAILURE_VIEW = "a_home.errors.csrf_failure"
CSRF_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
COOKIE_PREFIX = "__Host-" if HTTPS else ""  # no subdomain and no plain HTTP can set such a cookie
SESSION_COOKIE_NAME = f"{COOKIE_PREFIX}sessionid"
CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}csrftoken"
LANGUAGE_COOKIE_NAME = f"{COOKIE_PREFIX}django_language"
SECURE_REDIRECT_EXEMPT = [r"^healthz(/live)?$"]
if HTTPS:
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = True
if TRUSTED_PROXY_COUNT:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# --- Chat --------------------------------------------------------------------------------------------------

CHAT_BODY_LIMIT = 4_000  # characters per message
CHAT_FRAME_LIMIT = 64 * 1024  # bytes per frame; enough for 4,000 emoji as JSON escapes (12 bytes each)
CHAT_PAGE_SIZE = 50  # messages per page of history
CHAT_ROOMS_LISTED = 100  # rooms in the sidebar, most recently active first; the filter finds all
CHAT_RENDERED_CHARACTERS = 32_000_000  # of message HTML cached per process, about 20,000 messages
CHAT_REPLAY_PAGE_SIZE = 100  # changes per query when a reader catches up
CHAT_REPLAY_LIMIT = 500  # missed changes; with more, a page begins anew instead
CHAT_REPLAYS_AT_ONCE = 2  # pages read at once in a process, so that posts always find a free ORM thread
CHAT_REPLAY_ANNOUNCED = 50  # missed changes; from this number on the reader sees how many
CHAT_QUEUE_LIMIT = 256  # fragments queued for a reader before it is closed as too slow
CHAT_QUEUE_CHARACTERS = 1_000_000  # the same limit in characters
CHAT_STALL_SECONDS = 20.0  # for a reader to receive the close frame before its connection is aborted
CHAT_DRAIN_SECONDS = 2.0  # the same while the process restarts
CHAT_POST_BURST = env.int("CHAT_POST_BURST", default=20)  # messages per user at once
CHAT_POSTS_PER_SECOND = env.float("CHAT_POSTS_PER_SECOND", default=1.0)  # after the burst
CHAT_SOCKETS_PER_USER = env.int("CHAT_SOCKETS_PER_USER", default=50)  # per process
CHAT_FRAME_BURST = env.int("CHAT_FRAME_BURST", default=200)  # frames of any kind per user at once, per process
CHAT_FRAMES_PER_SECOND = 50.0  # after the burst
CHAT_HANDSHAKE_BURST = 100  # new sockets per user at once, per process
CHAT_HANDSHAKES_PER_SECOND = 10.0  # after the burst
CHAT_REFUSAL_BURST = 60  # refused sockets per session at once, per process; all tabs may come back together
CHAT_REFUSALS_PER_SECOND = 1.0  # after the burst
CHAT_WORK_BURST = env.float("CHAT_WORK_BURST", default=20.0)  # seconds of work per user at once, per process
CHAT_WORK_PER_SECOND = 0.3  # after the burst: the part of a process that one user can take for long
CHAT_RECHECK_SECONDS = 10.0  # between the hub's checks of every reader's admission
CHAT_RECONCILE_SECONDS = 3.0  # between the hub's comparisons of its topics with the database
CHAT_PRESENCE_SECONDS = env.float("CHAT_PRESENCE_SECONDS", default=45.0)  # until a silent process counts as dead
CHAT_ORM_THREADS = 4  # threads (and database connections) for the sockets of a process

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "filters": {"refusals": {"()": "config.logs.Refusals"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["refusals"]}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "django": {"handlers": ["console"], "level": "INFO", "propagate": False},
        "a_live": {"handlers": ["console"], "level": "INFO", "propagate": False},
        "a_rtchat": {"handlers": ["console"], "level": "INFO", "propagate": False},
        "uvicorn.error": {"filters": ["refusals"]},
    },
}
