"""The stack of examples/quickstart in Python: two hosts outside AWS with a role each, and nobody else."""
from aws_cdk import App, CfnOutput, Duration, Stack, aws_s3 as s3
from cdk_roles_anywhere import (
    CertificateCondition, ExpiryNotification, Profile, RolesAnywhereRole, Subject, TrustAnchor, TrustAnchorSource,
)

app = App()
stack = Stack(app, "Quickstart")
anchor = TrustAnchor(stack, "TrustAnchor",
                     source=TrustAnchorSource.certificate_file(app.node.get_context("caCertificate")),
                     notifications=[ExpiryNotification.ca_certificate(threshold=Duration.days(90))])
uploader, reader = (
    RolesAnywhereRole(stack, name, trust_anchors=[anchor],
                      certificate=CertificateCondition.all_of(Subject.common_name(host), Subject.organizational_unit("SecOps")))
    for name, host in (("Uploader", "onprem01"), ("Reader", "onprem02")))
bucket = s3.Bucket(stack, "Bucket", block_public_access=s3.BlockPublicAccess.BLOCK_ALL, enforce_ssl=True,
                   server_access_logs_prefix="access-logs/")
bucket.grant_put(uploader, "uploads/*")
bucket.grant_read(reader, "uploads/*")
profile = Profile(stack, "Profile", roles=[uploader, reader], session_duration=Duration.hours(1))

for name, arn in (("TrustAnchorArn", anchor.trust_anchor_arn), ("ProfileArn", profile.profile_arn),
                  ("UploaderRoleArn", uploader.role_arn), ("ReaderRoleArn", reader.role_arn)):
    CfnOutput(stack, name, value=arn)
app.synth()
