// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.httpclient.okhttp;

import io.gatewaykit.httpclient.HttpFailoverBuilder;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterAll;

/** The same with attempts on the threads of an executor. */
class HedgedFailoverInterceptorTest extends FailoverInterceptorTest {
  private static final ExecutorService THREADS = Executors.newCachedThreadPool();

  @AfterAll
  static void stopThreads() {
    THREADS.shutdownNow();
  }

  @Override
  protected HttpFailoverBuilder settings(HttpFailoverBuilder builder) {
    return builder.executor(THREADS);
  }

  @Override
  protected boolean hedges() {
    return true;
  }

  @Override
  protected boolean interruptible() {
    return true;
  }
}
