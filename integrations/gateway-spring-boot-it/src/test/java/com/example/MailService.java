// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package com.example;

import io.gatewaykit.spring.boot.method.OnReject;
import io.gatewaykit.spring.boot.method.RateLimited;
import java.util.concurrent.CompletableFuture;
import org.springframework.stereotype.Service;

@Service
class MailService {
  record Mail(String from, String to) {}

  /** Each user may send at the rate of the limit; without a login, all users together. */
  @RateLimited("mail")
  public void send(Mail mail) {}

  /** Each recipient is limited. A call that is rejected is queued instead. */
  @RateLimited(
      value = "mail",
      key = "#mail.to",
      onReject = OnReject.FALLBACK,
      fallback = "sendLater")
  public String sendTo(Mail mail) {
    return "sent";
  }

  String sendLater(Mail mail) {
    return "queued";
  }

  /** Waits up to 5 seconds for 10 permits, without a thread. */
  @RateLimited(value = "mail", key = "all", cost = 10, onReject = OnReject.DELAY, maxWait = "5s")
  public CompletableFuture<Void> sendNewsletter() {
    return CompletableFuture.completedFuture(null);
  }
}
