// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.benchmarks.edge.comparison;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.URI;

/** A fault of the primary server. */
enum Fault {
  /** {@code kill -9}: connections are refused. */
  KILLED {
    @Override
    void begin(Program server) {
      server.kill();
    }

    @Override
    void end(Program server) {
      server.restart();
    }
  },
  /** {@code kill -STOP}: the kernel accepts connections, but no response is sent. */
  FROZEN {
    @Override
    void begin(Program server) {
      server.freeze();
    }

    @Override
    void end(Program server) {
      server.thaw();
    }
  },
  /** Responses are delayed by two seconds. */
  SLOW {
    @Override
    void begin(Program server) {
      tell(server, "slow");
    }

    @Override
    void end(Program server) {
      tell(server, "none");
    }
  },
  /** Every response is an immediate 500. */
  ERRORS {
    @Override
    void begin(Program server) {
      tell(server, "errors");
    }

    @Override
    void end(Program server) {
      tell(server, "none");
    }
  };

  abstract void begin(Program server);

  abstract void end(Program server);

  private static void tell(Program server, String fault) {
    URI uri = URI.create("http://127.0.0.1:" + server.port() + "/fault/" + fault);
    try {
      int status = ((HttpURLConnection) uri.toURL().openConnection()).getResponseCode();
      if (status != 200) {
        throw new IllegalStateException(uri + ": " + status);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
