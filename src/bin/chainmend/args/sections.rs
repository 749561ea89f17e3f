//! The sections that follow the options in long help and become sections of the man pages: a line
//! that is not indented and ends in a colon starts one.

pub const SHORT: &str = "\
What is wrong with a file:       chainmend check site.pem
Mend it where it is:             chainmend fix -i site.pem
Make a chain of what there is:   chainmend fix site.crt ca.crt -o fullchain.pem
What a server sends:             chainmend check https://shop.example.com
More about a command:            chainmend COMMAND --help
";

pub const MAIN: &str = "\
Exit status:
  0  every bundle is right, was mended, or was skipped
  1  a bundle needs mending (check), or can't be mended (fix)
  2  something could not be read, written or understood
  130  stopped with Ctrl-C (143: by SIGTERM); what was done by then is whole

Environment:
  CHAINMEND_ROOTS, CHAINMEND_INTERMEDIATES   lists as in PATH, for --roots and --intermediates
  CHAINMEND_OFFLINE     as --offline; 0, false and empty mean no
  CHAINMEND_TIMEOUT     as --timeout
  CHAINMEND_REPORT      as --report
  CHAINMEND_CACHE_DIR   the folder of fetched issuers
  CHAINMEND_PASSWORD    what opens PKCS#12 (feature pkcs12)
  NO_COLOR              no colours unless --color always
  http_proxy, https_proxy, all_proxy, no_proxy   as usual

Examples:
  What is wrong with a file, and what would mend it
      chainmend check site.pem
  Mend files where they are
      chainmend fix -i /etc/ssl/site/*.pem
  What is wrong with the files in a folder
      chainmend check /etc/ssl/site
  A chain from a leaf alone
      chainmend fix site.crt -o fullchain.pem
  What a server sends
      chainmend check https://shop.example.com
  What a rule means
      chainmend explain missing-intermediate
";

pub const FIX: &str = "\
Exit status:
  0  every bundle was right, was mended, or was skipped
  1  a bundle can't be mended and nothing was written for it, a rule of --fail-on was broken, or
     something was mended (with --exit-non-zero-on-fix) or would be changed (with --diff)
  2  something could not be read, written or understood: usage, files, no certificate in the input
  130  stopped with Ctrl-C (143: by SIGTERM); what was done by then is whole

Environment:
  CHAINMEND_ROOTS, CHAINMEND_INTERMEDIATES   lists as in PATH, for --roots and --intermediates
  CHAINMEND_OFFLINE     as --offline; 0, false and empty mean no
  CHAINMEND_TIMEOUT     as --timeout
  CHAINMEND_REPORT      as --report
  CHAINMEND_CACHE_DIR   the folder of fetched issuers
  CHAINMEND_PASSWORD    what opens PKCS#12 (feature pkcs12)
  NO_COLOR              no colours unless --color always
  http_proxy, https_proxy, all_proxy, no_proxy   as usual

Examples:
  Mend files where they are; right ones are not touched
      chainmend fix -i site.pem shop.pem
  Mend what a folder holds, all below it included
      chainmend fix -i certs --exclude old
  A full chain from what the CA sent, for nginx
      chainmend fix site.crt ca-bundle.crt -o fullchain.pem
  Leaf and intermediates apart, for an old Apache
      chainmend fix site.crt --leaf-out cert.pem --chain-out chain.pem
  Key, leaf and intermediates in one file, for HAProxy and Postfix
      chainmend fix site.crt --key site.key --with-key -o site.pem
  What certbot would put into a folder
      chainmend fix site.crt --out-dir /etc/ssl/site
  For Windows and Java
      chainmend fix site.crt --format p7b -o site.p7b
  From what a server sends
      chainmend fix https://shop.example.com -o fullchain.pem
  What would change
      chainmend fix -i --diff site.pem
  Through a pipe; only PEM is on standard output
      chainmend fix - < site.p7b > fullchain.pem
  With a company's own root
      chainmend fix intranet.crt --roots company-root.pem -o fullchain.pem
  What will be so in a month
      chainmend fix site.pem --at +30d > /dev/null
";

pub const CHECK: &str = "\
Exit status:
  0  every bundle is right or was skipped
  1  `fix` would change a bundle, or could not mend it, or a rule of --fail-on was broken
  2  something could not be read or understood: usage, files, no certificate in the input
  130  stopped with Ctrl-C (143: by SIGTERM)

Environment:
  CHAINMEND_ROOTS, CHAINMEND_INTERMEDIATES   lists as in PATH, for --roots and --intermediates
  CHAINMEND_OFFLINE     as --offline; 0, false and empty mean no
  CHAINMEND_TIMEOUT     as --timeout
  CHAINMEND_REPORT      as --report
  CHAINMEND_CACHE_DIR   the folder of fetched issuers
  CHAINMEND_PASSWORD    what opens PKCS#12 (feature pkcs12)
  NO_COLOR              no colours unless --color always
  http_proxy, https_proxy, all_proxy, no_proxy   as usual

Examples:
  All that is to be said about one file
      chainmend check -v site.pem
  Many files, a line for each that needs attention
      chainmend check -q /etc/letsencrypt
  What find finds; what is no certificate is passed over
      find /srv -name '*.pem' -print0 | xargs -0 chainmend check --found
  Key and certificate belong together, and to this host
      chainmend check site.pem --key site.key --host shop.example.com
  A pair of files that Apache reads
      chainmend check --together cert.pem chain.pem
  What a server sends, and whether it is what a file holds
      chainmend check https://shop.example.com --against site.pem
  One machine behind a load balancer
      chainmend check https://shop.example.com --connect 192.0.2.7
  Mend what can be mended, by other means
      chainmend check -l /etc/ssl/site/*.pem | xargs -d '\\n' chainmend fix -i
  In a pipeline, without the network
      chainmend check --offline --report json site.pem
  A root that is sent on purpose
      chainmend check --ignore root-included site.pem
";

pub const EXPLAIN: &str = "\
Exit status:
  0  the page was shown, or the text was explained
  1  the text is not about a certificate chain, or nothing in it is known
  2  no rule has this name, or the text could not be read

Examples:
  All rules
      chainmend explain
  One of them
      chainmend explain leaf-not-first
  What an error message means
      chainmend explain \"unable to get local issuer certificate\"
      chainmend explain 'x509: certificate signed by unknown authority'
  A server's log, or whatever a client prints
      openssl s_client -connect shop.example.com:443 </dev/null 2>&1 | chainmend explain -
";

pub const CACHE: &str = "\
Exit status:
  0  done
  2  the cache could not be read, filled or emptied

Environment:
  CHAINMEND_CACHE_DIR   the folder of fetched issuers

Examples:
  Where it is
      chainmend cache path
  Start afresh
      chainmend cache clear
  Never fetch what the browsers' root programs know of
      chainmend cache import AllCertificatePEMs.csv AllCertificateRecords.csv
";

pub const IMPORT: &str = "\
Exit status:
  0  everything was read and kept
  2  something could not be read or written; the rest was kept

Environment:
  CHAINMEND_CACHE_DIR   the folder of fetched issuers

Examples:
  Intermediates that CAs have told CCADB of, from its page of resources
      chainmend cache import AllCertificatePEMs.csv
  Which of them are revoked
      chainmend cache import AllCertificateRecords.csv
  What a CA's repository offers
      chainmend cache import intermediates/ bundle.p7b
";

pub const FILTER: &str = "\
Exit status:
  0  every bundle was right or was mended
  1  a bundle can't be mended, or a rule of --fail-on was broken
  2  a line was no such object, or held no certificate

Environment:
  CHAINMEND_ROOTS, CHAINMEND_INTERMEDIATES   lists as in PATH, for --roots and --intermediates
  CHAINMEND_OFFLINE     as --offline; 0, false and empty mean no
  CHAINMEND_TIMEOUT     as --timeout
  CHAINMEND_CACHE_DIR   the folder of fetched issuers
  http_proxy, https_proxy, all_proxy, no_proxy   as usual

Examples:
  One bundle
      jq -Rs '{id: 1, pem: .}' site.pem | jq -c | chainmend filter
  Many, on all processors, with GNU parallel
      parallel --pipe chainmend filter --offline -j 1 < bundles.ndjson > mended.ndjson
";

pub const COMPLETIONS: &str = "\
Examples:
  For bash
      chainmend completions bash > ~/.local/share/bash-completion/completions/chainmend
  For zsh, in a folder of $fpath
      chainmend completions zsh > _chainmend
  For fish
      chainmend completions fish > ~/.config/fish/completions/chainmend.fish
";
