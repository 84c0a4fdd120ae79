"""URLs of people and their settings; for sign-in, only those that our screens lead to."""

from allauth.account import views as sign_in
from allauth.mfa.base import views as factor_views
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp.views import deactivate_totp
from allauth.mfa.webauthn import views as webauthn
from django.urls import include, path, re_path
from django.views.generic import RedirectView

from accounts.views import account, documents, profile, sign_in_letters
from accounts.views.account import one_factor_at_a_time

# Listed one by one: allauth's own URLs also let a person attach any e-mail or phone, which could then sign in.
SIGN_IN = [
    path("login/", sign_in.login, name="account_login"),
    path("login/code/", sign_in_letters.request_login_code, name="account_request_login_code"),
    path("login/code/confirm/", sign_in.confirm_login_code, name="account_confirm_login_code"),
    path("logout/", sign_in.logout, name="account_logout"),
    path("reauthenticate/", sign_in.reauthenticate, name="account_reauthenticate"),
    path("inactive/", sign_in.account_inactive, name="account_inactive"),
    path("signup/", sign_in.signup, name="account_signup"),
    path("password/change/", sign_in.password_change, name="account_change_password"),
    path("password/set/", sign_in.password_set, name="account_set_password"),
    path("password/reset/", sign_in_letters.password_reset, name="account_reset_password"),
    path("password/reset/done/", sign_in.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        sign_in.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path("password/reset/key/done/", sign_in.password_reset_from_key_done, name="account_reset_password_from_key_done"),
]

FACTORS = [
    path("", factor_views.index, name="mfa_index"),
    path("authenticate/", one_factor_at_a_time(factor_views.authenticate), name="mfa_authenticate"),
    path("reauthenticate/", one_factor_at_a_time(factor_views.reauthenticate), name="mfa_reauthenticate"),
    path("app/add/", account.add_app, name="mfa_activate_totp"),
    path("app/remove/", one_factor_at_a_time(deactivate_totp), name="mfa_deactivate_totp"),
    path("codes/", recovery_codes.view_recovery_codes, name="mfa_view_recovery_codes"),
    path("codes/new/", recovery_codes.generate_recovery_codes, name="mfa_generate_recovery_codes"),
    path("keys/", RedirectView.as_view(pattern_name="mfa_index"), name="mfa_list_webauthn"),
    path("keys/add/", one_factor_at_a_time(webauthn.add_webauthn), name="mfa_add_webauthn"),
    path(
        "keys/reauthenticate/",
        one_factor_at_a_time(webauthn.reauthenticate_webauthn),
        name="mfa_reauthenticate_webauthn",
    ),
    path("keys/<int:pk>/remove/", account.remove_key, name="mfa_remove_webauthn"),
]

urlpatterns = [
    path("", account.home, name="home"),
    path("switch/location/", account.switch_location, name="switch-location"),
    path("switch/language/", account.switch_language, name="switch-language"),
    path("menu/<slug:which>/", account.menu, name="menu"),
    path("my/profile/", profile.profile, name="profile"),
    path("my/profile/name/", profile.name, name="profile-name"),
    path("my/profile/email/", profile.email, name="profile-email"),
    path("my/profile/phone/", profile.phone, name="profile-phone"),
    path("my/profile/code/", profile.code, name="profile-code"),
    path("my/profile/sessions/<int:pk>/end/", profile.end_session, name="profile-end-session"),
    path("my/profile/sessions/end-others/", profile.end_others, name="profile-end-others"),
    path("my/profile/consents/<slug:kind>/", documents.consent, name="profile-consent"),
    path("legal/<slug:kind>/", documents.document, name="document"),
    path("legal/<slug:kind>/<int:edition>/", documents.document, name="document-edition"),
    path("legal/of/<int:pk>/<slug:kind>/", documents.location_document, name="location-document"),
    path(
        "legal/of/<int:pk>/<slug:kind>/<int:edition>/",
        documents.location_document,
        name="location-document-edition",
    ),
    path("accounts/sign-ins/", account.sign_ins, name="sign-ins"),
    path("accounts/sign-ins/end/", account.end_sessions, name="end-sessions"),
    path("accounts/reminders/", account.reminder_choice, name="reminders"),
    path("reminders/<str:token>/", account.reminder_choice_by_link, name="reminders-by-link"),
    path("accounts/factors/", include(FACTORS)),
    path("accounts/", include(SIGN_IN)),
]
