// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.spring.boot.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatewaykit.spring.boot.method.OnReject;
import io.gatewaykit.spring.boot.method.RateLimited;
import io.gatewaykit.spring.boot.method.RateLimitedException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;

/** Wrong annotations prevent the start of an application, here of one without a server. */
class MethodLimitsStartTest {
  private static final String LIMITS =
      """
      gatewaykit.ratelimit:
        mail: {rate: 1/h, applies-to: methods}
        other: {rate: 1/h, applies-to: methods}
      """;

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "UnknownLimit; limit: mails (expected: one of mail, other)",
        "PrivateMethod; the method is private (expected: at least package-private)",
        "FinalMethod; the method is final (expected: not final, so that the proxy",
        "StaticMethod; the method is static (expected: an instance method)",
        "UnknownParameter; key: #user (expected: one of the parameters to)",
        "UnknownProperty; key: #to.name (expected: a property of java.lang.String instead of name)",
        "WrongKeyType; (expected: a string, number, boolean",
        "Expression; key: #to.toUpperCase() (expected: principal, all, or a parameter with",
        "WrongCost; cost: 0 (expected: at least 1)",
        "WrongWait; maxWait: soon (expected: a time such as 500ms or 2s)",
        "MissingFallback; fallback: other (expected: a method of this class with the same",
      })
  void wrongUse_isReported(String bean, String expected) throws Exception {
    Class<?> type = Class.forName(getClass().getName() + "$" + bean);
    assertThat(FailedStart.report(LIMITS, App.class, type))
        .startsWith("@RateLimited on " + type.getName() + ".send: ")
        .contains(expected);
  }

  @Test
  void proxyOfInterface_limitsItsMethods() throws Exception {
    try (ConfigurableApplicationContext context = run(ByInterface.class)) {
      Sending sender = context.getBean(Sending.class);
      sender.send("a");
      assertThatThrownBy(() -> sender.send("a")).isInstanceOf(RateLimitedException.class);
    }
    assertThat(
            FailedStart.report(
                LIMITS + "spring.aop.proxy-target-class: false\n", App.class, Hidden.class))
        .contains("send: the method is not declared by an interface of the bean");
  }

  private static ConfigurableApplicationContext run(Class<?> bean) throws Exception {
    var application = new SpringApplication(App.class, bean);
    application.setWebApplicationType(WebApplicationType.NONE);
    return Server.run(application, LIMITS + "spring.aop.proxy-target-class: false\n");
  }

  @Test
  void disabled_limitsNothing() throws Exception {
    var application = new SpringApplication(App.class, FinalMethod.class);
    application.setWebApplicationType(WebApplicationType.NONE);
    try (ConfigurableApplicationContext context =
        Server.run(application, LIMITS + "gatewaykit.enabled: false\n")) {
      context.getBean(FinalMethod.class).send("a");
      context.getBean(FinalMethod.class).send("a");
    }
  }

  @Configuration(proxyBeanMethods = false)
  @EnableAutoConfiguration
  static class App {}

  static class UnknownLimit {
    @RateLimited("mails")
    void send(String to) {}
  }

  static class PrivateMethod {
    @RateLimited("mail")
    @SuppressWarnings({"UnusedMethod", "UnusedVariable"}) // as in an application
    private void send(String to) {}
  }

  static class FinalMethod {
    @RateLimited("mail")
    final void send(String to) {}
  }

  static class StaticMethod {
    @RateLimited("mail")
    static void send(String to) {}
  }

  static class UnknownParameter {
    @RateLimited(value = "mail", key = "#user")
    void send(String to) {}
  }

  static class UnknownProperty {
    @RateLimited(value = "mail", key = "#to.name")
    void send(String to) {}
  }

  static class WrongKeyType {
    @RateLimited(value = "mail", key = "#to")
    void send(Object to) {}
  }

  static class Expression {
    @RateLimited(value = "mail", key = "#to.toUpperCase()")
    void send(String to) {}
  }

  static class WrongCost {
    @RateLimited(value = "mail", cost = 0)
    void send(String to) {}
  }

  static class WrongWait {
    @RateLimited(value = "mail", onReject = OnReject.DELAY, maxWait = "soon")
    void send(String to) {}
  }

  static class MissingFallback {
    @RateLimited(value = "mail", onReject = OnReject.FALLBACK, fallback = "other")
    void send(String to) {}

    void other(int to) {}
  }

  interface Sending {
    void send(String to);
  }

  static class ByInterface implements Sending {
    @Override
    @RateLimited(value = "mail", key = "#to")
    public void send(String to) {}
  }

  static class Hidden implements Runnable {
    @Override
    public void run() {}

    @RateLimited("mail")
    public void send(String to) {}
  }
}
