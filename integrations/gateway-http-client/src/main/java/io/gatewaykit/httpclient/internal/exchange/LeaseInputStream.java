// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.httpclient.internal.exchange;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** The body of a response, which ends the lease of its attempt. */
public final class LeaseInputStream extends FilterInputStream {
  private final LeaseEnd end;

  /** Creates a stream with the content of another one. */
  public LeaseInputStream(InputStream content, LeaseEnd end) {
    super(content);
    this.end = end;
  }

  @Override
  public int read() throws IOException {
    try {
      int read = in.read();
      if (read < 0) {
        end.onClosed();
      }
      return read;
    } catch (IOException e) {
      end.onFailure(e);
      throw e;
    }
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    try {
      int read = in.read(target, offset, length);
      if (read < 0) {
        end.onClosed();
      }
      return read;
    } catch (IOException e) {
      end.onFailure(e);
      throw e;
    }
  }

  @Override
  public void close() throws IOException {
    end.onClosed();
    in.close();
  }
}
