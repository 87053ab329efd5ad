{
  "subject": { "commonName": {{ toJson (printf "job-%s" .Token.job_id) }} },
  "sans": [{
    "type": "uri",
    "value": {{ toJson (printf "ci://gitlab.example.com/%s:%s:%s:%s" .Token.project_path .Token.ref_type .Token.ref (ternary "protected" "open" (eq .Token.ref_protected "true"))) }}
  }],
  "keyUsage": ["digitalSignature"],
  "extKeyUsage": ["clientAuth"]
}
