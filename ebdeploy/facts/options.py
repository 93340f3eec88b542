"""The Elastic Beanstalk options that ebdeploy knows, and EB's regional zone ids.

Source of the names: https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/command-options-general.html
"""

from __future__ import annotations

from ebdeploy.facts.state import Option

PROPERTIES = "aws:elasticbeanstalk:application:environment"
LISTENER_443 = "aws:elbv2:listener:443"
PROCESS = "aws:elasticbeanstalk:environment:process:default"

HOSTS = Option(PROPERTIES, "EBDEPLOY_HOSTS")
PROXY = Option(PROPERTIES, "EBDEPLOY_PROXY")
HTTPS = Option(PROPERTIES, "EBDEPLOY_HTTPS")
REDIRECT_PATH = Option("aws:elasticbeanstalk:customoption", "EbdeployRedirectPath")
REDIRECT_OFF = "/https-redirect-is-off"
REDIRECT_ON = "/*"
REDIRECT_PRIORITY = 2
HEALTH_PATH = Option(PROCESS, "HealthCheckPath")
MATCHER = Option(PROCESS, "MatcherHTTPCode")
LISTENER_ENABLED = Option(LISTENER_443, "ListenerEnabled")
LISTENER_PROTOCOL = Option(LISTENER_443, "Protocol")
LISTENER_CERTIFICATE = Option(LISTENER_443, "SSLCertificateArns")
LISTENER_POLICY = Option(LISTENER_443, "SSLPolicy")
LISTENER_PROCESS = Option(LISTENER_443, "DefaultProcess")
ENVIRONMENT_TYPE = Option("aws:elasticbeanstalk:environment", "EnvironmentType")
BALANCER_TYPE = Option("aws:elasticbeanstalk:environment", "LoadBalancerType")
BALANCER_SHARED = Option("aws:elasticbeanstalk:environment", "LoadBalancerIsShared")
CONFIG_DOCUMENT = Option("aws:elasticbeanstalk:healthreporting:system", "ConfigDocument")

DEFAULT_SSL_POLICY = "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"
FALLBACK_SSL_POLICIES = (
    "ELBSecurityPolicy-TLS13-1-2-Res-2021-06",
    "ELBSecurityPolicy-TLS13-1-2-2021-06",
)

# Where an alias to an environment's CNAME points: the hosted zone of Elastic Beanstalk's region
# (https://docs.aws.amazon.com/general/latest/gr/elasticbeanstalk.html).
EB_ZONE_IDS = {
    "af-south-1": "Z1EI3BVKMKK4AM",
    "ap-east-1": "ZPWYUBWRU171A",
    "ap-northeast-1": "Z1R25G3KIG2GBW",
    "ap-northeast-2": "Z3JE5OI70TWKCP",
    "ap-northeast-3": "ZNE5GEY1TIAGY",
    "ap-south-1": "Z18NTBI3Y7N9TZ",
    "ap-south-2": "Z10223522IBWPBF2C2FJS",
    "ap-southeast-1": "Z16FZ9L249IFLT",
    "ap-southeast-2": "Z2PCDNR3VC2G1N",
    "ap-southeast-3": "Z05913172VM7EAZB40TA8",
    "ap-southeast-4": "Z0666869LC74UHAO5YE4",
    "ap-southeast-5": "Z01812971H0QCYWSL7WOH",
    "ap-southeast-6": "Z01144401H1NECCLJDD4D",
    "ap-southeast-7": "Z08384933QM5LSQCVMNZM",
    "ca-central-1": "ZJFCZL7SSZB5I",
    "ca-west-1": "Z1021028356Y0CYS11DQI",
    "eu-central-1": "Z1FRNW7UH4DEZJ",
    "eu-central-2": "Z00227012FSHBMZNNSJJI",
    "eu-north-1": "Z23GO28BZ5AETM",
    "eu-south-1": "Z10VDYYOA2JFKM",
    "eu-south-2": "Z0243492AO4B9S3KI68O",
    "eu-west-1": "Z2NYPWQ7DFZAZH",
    "eu-west-2": "Z1GKAAAUGATPF1",
    "eu-west-3": "Z5WN6GAYWG5OB",
    "il-central-1": "Z02941091PERNCB1MI5H7",
    "me-central-1": "Z0650511N84AAKGW7QUK",
    "me-south-1": "Z2BBTEKR2I36N2",
    "sa-east-1": "Z10X7K2B4QSOFV",
    "us-east-1": "Z117KPS5GTRQ2G",
    "us-east-2": "Z14LCN19Q5QHIC",
    "us-gov-east-1": "Z35TSARG0EJ4VU",
    "us-gov-west-1": "Z4KAURWC4UUUG",
    "us-west-1": "Z1LQECGX5PH1X",
    "us-west-2": "Z38NKT9BP95V3O",
}
