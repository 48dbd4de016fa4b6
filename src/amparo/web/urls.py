"""Where the screens are: a line each."""

from django.urls import include, path

handler400 = "amparo.web.failures.bad_request"
handler403 = "amparo.web.failures.forbidden"
handler404 = "amparo.web.failures.not_found"
handler500 = "amparo.web.failures.fault"

urlpatterns = [
    path("", include("amparo.web.home.urls")),
    path("", include("amparo.web.files.urls")),
    path("", include("amparo.web.file.urls")),
    path("tokens/", include("amparo.web.tokens.urls")),
    path("api/", include("amparo.web.api.urls")),
    path("exhibits/", include("amparo.web.exhibits.urls")),
    path("", include("amparo.web.clusters.urls")),
    path("", include("amparo.web.clues.urls")),
    path("ledger/", include("amparo.web.ledger.urls")),
    path("members/", include("amparo.web.members.urls")),
    path("review/", include("amparo.web.review.urls")),
    path("viewing/", include("amparo.web.viewing.urls")),
    path("preferences/", include("amparo.web.preferences.urls")),
    path("hash-sets/", include("amparo.web.hash_sets.urls")),
    path("reports/", include("amparo.web.reports.urls")),
    path("account/", include("amparo.web.account.urls")),
]
