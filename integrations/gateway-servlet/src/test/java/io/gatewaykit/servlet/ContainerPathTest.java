// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ContainerPathTest {
  @ParameterizedTest
  @ValueSource(strings = {"/", "/a/b", "/a.b/c..d", "/a+b/@c:d,e=f", "/trailing/", "/a/b."})
  void plainTargets_haveOneReading(String uri) {
    assertThat(ContainerPath.alternatives(uri, uri)).isSameAs(List.of());
  }

  @ParameterizedTest
  @CsvSource({
    "/page;jsessionid=1, /page",
    "/cars;color=red/1, /cars/1",
    "/a%20b, /a b",
    "/100%25, /100%",
    "/.well-known/x, /.well-known/x",
    "/a/..hidden, /a/..hidden",
    "/caf%C3%A9, /café",
    "/a+b%3Bc, /a+b;c",
  })
  void ordinaryTargets_haveTheContainersReadingOnly(String uri, String path) {
    assertThat(ContainerPath.alternatives(uri, path)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "/x/../chat/hi, /x/../chat/hi, /chat/hi", // Undertow
    "/x%2f..%2fchat, /x%2f..%2fchat, /chat", // Undertow
    "/x\\chat, /x\\chat, /x/chat",
    "//chat/hi, //chat/hi, /chat/hi", // Jetty, relaxed
    "/static/..;/admin/x, /admin/x, /static/../admin/x", // Tomcat, read by Spring
    "/static/%2e%2e/admin, /admin, /static/../admin",
    "/a%2Fb/c, /a%2Fb/c, /a/b/c",
  })
  void otherReadings_areListed(String uri, String path, String other) {
    assertThat(ContainerPath.alternatives(uri, path)).contains(other).doesNotContain(path);
  }

  @Test
  void incompleteEscapes_areKept() {
    assertThat(ContainerPath.alternatives("/a%2", "/a%2")).isEmpty();
    assertThat(ContainerPath.alternatives("/../%", "/%")).containsExactly("/../%");
  }
}
