// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.benchmarks.edge.comparison;

import io.gatewaykit.edge.process.GatewayProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The proxies compared, each in its best configuration before a primary server and a backup. */
enum Proxy {
  /** With passive checks, the only kind that it has. */
  NGINX("nginx", "nginx-light", "/usr/sbin/nginx") {
    @Override
    String configuration(int port, int primary, int backup) {
      return """
      worker_processes 1; daemon off; pid nginx.pid; error_log nginx-error.log;
      events { worker_connections 1024; }
      http { access_log off;
        upstream lines { server 127.0.0.1:%d; server 127.0.0.1:%d backup; keepalive 64; }
        server { listen 127.0.0.1:%d;
          location / { proxy_pass http://lines; proxy_http_version 1.1; proxy_set_header Connection "";
            proxy_connect_timeout 300ms; proxy_read_timeout 1s;
            proxy_next_upstream error timeout http_500; } } }
      """
          .formatted(primary, backup, port);
    }

    @Override
    List<String> command(Path file, int port) {
      return List.of(program, "-p", file.getParent() + "/", "-c", file.toString());
    }
  },

  /** With all features against failures: HTTP checks, retries of all errors, redispatch. */
  HAPROXY("HAProxy", "haproxy", "/usr/sbin/haproxy") {
    @Override
    String configuration(int port, int primary, int backup) {
      return """
      global
        nbthread 1
      defaults
        mode http
        timeout connect 300ms
        timeout server 1s
        timeout client 30s
        retries 3
        retry-on all-retryable-errors
        option redispatch 1
      frontend clients
        bind 127.0.0.1:%d
        default_backend lines
      backend lines
        option httpchk GET /health
        default-server check inter 500ms fall 2 rise 2
        server primary 127.0.0.1:%d
        server backup 127.0.0.1:%d backup
      """
          .formatted(port, primary, backup);
    }

    @Override
    List<String> command(Path file, int port) {
      return List.of(program, "-db", "-f", file.toString());
    }
  },

  GATEWAY("edge gateway", "", "") {
    @Override
    String configuration(int port, int primary, int backup) {
      return gateway(primary, backup, "0.99");
    }
  },

  /** Without a parallel second request. */
  GATEWAY_WITHOUT_HEDGE("the same, hedge: off", "", "") {
    @Override
    String configuration(int port, int primary, int backup) {
      return gateway(primary, backup, "off");
    }
  };

  final String label;
  final String program;
  private final String packageName;

  Proxy(String label, String packageName, String program) {
    this.label = label;
    this.packageName = packageName;
    this.program = program;
  }

  abstract String configuration(int port, int primary, int backup);

  /** Returns the command that starts it; a gateway, for those without a program. */
  List<String> command(Path file, int port) throws IOException {
    return GatewayProcess.command(file, port, GatewayProcess.freePort(), "--threads", "1");
  }

  static String gateway(int primary, int backup, String hedge) {
    return """
    lines:
      - {name: primary, priority: 0, endpoints: [{address: "127.0.0.1:%d"}]}
      - {name: backup, priority: 1, endpoints: [{address: "127.0.0.1:%d"}]}
    checks: {path: /health, interval: 500ms, timeout: 500ms, rise: 2, fall: 2}
    policy: {per-try-timeout: 1s, hedge: %s}
    """
        .formatted(primary, backup, hedge);
  }

  /** Returns the Debian package that must be installed first; empty if none. */
  String missingPackage() {
    return program.isEmpty() || Files.isExecutable(Path.of(program)) ? "" : packageName;
  }

  /** Starts the proxy in front of the two servers. */
  Program start(Path folder, int primary, int backup) throws IOException {
    int port = GatewayProcess.freePort();
    Path file = folder.resolve(name() + ".conf");
    Files.writeString(file, configuration(port, primary, backup));
    return Program.start(command(file, port), folder.resolve(name() + ".log"), port);
  }
}
