// Go's verdict on TLS servers: client ROOT.pem HOST PORT…
// A line a port: `PORT ok`, or `PORT` and why not.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"os"
	"strings"
	"time"
)

func main() {
	root, err := os.ReadFile(os.Args[1])
	pool := x509.NewCertPool()
	if err != nil || !pool.AppendCertsFromPEM(root) {
		fmt.Fprintln(os.Stderr, "no root in", os.Args[1], err)
		os.Exit(1)
	}
	for _, port := range os.Args[3:] {
		fmt.Println(port, verdict(pool, os.Args[2], port))
	}
}

func verdict(pool *x509.CertPool, host, port string) string {
	dialer := &net.Dialer{Timeout: 10 * time.Second}
	config := &tls.Config{RootCAs: pool, ServerName: host}
	connection, err := tls.DialWithDialer(dialer, "tcp", net.JoinHostPort("127.0.0.1", port), config)
	if err != nil {
		return strings.ReplaceAll(err.Error(), "\n", " ")
	}
	connection.Close()
	return "ok"
}
