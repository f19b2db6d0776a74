// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.httpclient.okhttp;

import io.gatewaykit.httpclient.internal.exchange.LeaseEnd;
import java.io.IOException;
import okhttp3.MediaType;
import okhttp3.ResponseBody;
import okio.Buffer;
import okio.BufferedSource;
import okio.ForwardingSource;
import okio.Okio;
import org.jspecify.annotations.Nullable;

/** The body of a response, which ends the lease of its attempt. */
final class LeaseResponseBody extends ResponseBody {
  private final ResponseBody body;
  private final BufferedSource source;

  LeaseResponseBody(ResponseBody body, LeaseEnd end) {
    this.body = body;
    source = Okio.buffer(new LeaseSource(body.source(), end));
  }

  @Override
  public @Nullable MediaType contentType() {
    return body.contentType();
  }

  @Override
  public long contentLength() {
    return body.contentLength();
  }

  @Override
  public BufferedSource source() {
    return source;
  }

  private static final class LeaseSource extends ForwardingSource {
    private final LeaseEnd end;

    LeaseSource(BufferedSource source, LeaseEnd end) {
      super(source);
      this.end = end;
    }

    @Override
    public long read(Buffer sink, long byteCount) throws IOException {
      try {
        long read = super.read(sink, byteCount);
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
      super.close();
    }
  }
}
