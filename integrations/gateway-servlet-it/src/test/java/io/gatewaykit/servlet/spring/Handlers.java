// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.servlet.spring;

import jakarta.servlet.http.HttpServletRequest;
import java.security.Principal;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.springframework.security.web.csrf.CsrfToken;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.multipart.MultipartFile;

/** The pages of {@link SecuredApplication}. */
@RestController
final class Handlers {
  /** The number of calls of handlers. */
  final AtomicInteger calls = new AtomicInteger();

  @GetMapping("/hello")
  String hello(HttpServletRequest request) {
    return called("hello " + request.getRemoteAddr() + " " + request.getDispatcherType());
  }

  @GetMapping("/secret")
  String secret(Principal user) {
    return called("secret of " + user.getName());
  }

  @GetMapping("/token")
  String token(CsrfToken token) {
    return called(token.getToken());
  }

  @PostMapping("/form")
  String form(@RequestParam Map<String, String> fields, @Nullable Principal user) {
    fields.remove("_csrf");
    return called(fields + " " + (user == null ? "anonymous" : user.getName()));
  }

  @PostMapping("/upload")
  String upload(@RequestParam("file") MultipartFile file) {
    return called(file.getOriginalFilename() + " " + file.getSize());
  }

  @GetMapping("/later")
  Callable<String> later(HttpServletRequest request) {
    return () -> called("later");
  }

  @GetMapping("/fails")
  String fails() {
    called("");
    throw new IllegalStateException("the handler fails, as the test wants");
  }

  private String called(String answer) {
    calls.incrementAndGet();
    return answer;
  }
}
