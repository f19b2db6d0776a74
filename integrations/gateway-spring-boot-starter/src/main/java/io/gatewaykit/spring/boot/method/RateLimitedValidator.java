// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.spring.boot.method;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.aop.framework.AopProxyUtils;
import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.core.annotation.AnnotationUtils;
import org.springframework.util.ClassUtils;
import org.springframework.util.ReflectionUtils;

/**
 * Prevents the start of the application if an annotation would have no effect or is wrong. Limits
 * are resolved when all beans exist, because creating them earlier would create beans on which they
 * depend. Runs after the creator of proxies, which has an order.
 */
final class RateLimitedValidator implements BeanPostProcessor, SmartInitializingSingleton {
  private final LimitedMethods methods;
  private final Set<Class<?>> checked = ConcurrentHashMap.newKeySet(); // bounded by the classes
  private final List<Runnable> pending = new ArrayList<>(); // guarded by this
  private boolean started; // guarded by this

  RateLimitedValidator(LimitedMethods methods) {
    this.methods = methods;
  }

  @Override
  public Object postProcessAfterInitialization(Object bean, String beanName) {
    Class<?> type = ClassUtils.getUserClass(AopProxyUtils.ultimateTargetClass(bean));
    if (AnnotationUtils.isCandidateClass(type, RateLimited.class) && checked.add(type)) {
      for (Method method : ReflectionUtils.getUniqueDeclaredMethods(type)) {
        if (!method.isBridge() && !LimitedMethods.annotations(method, type).isEmpty()) {
          checkAdvised(method, type, bean);
          resolve(() -> methods.get(method, type));
        }
      }
    }
    return bean;
  }

  private static void checkAdvised(Method method, Class<?> type, Object bean) {
    int modifiers = method.getModifiers();
    if (Modifier.isStatic(modifiers)) {
      throw notAdvised(method, "is static", "an instance method");
    }
    if (Modifier.isPrivate(modifiers)) {
      throw notAdvised(method, "is private", "at least package-private");
    }
    if (!AopUtils.isAopProxy(bean)) {
      throw notAdvised(
          method,
          "belongs to a bean without a proxy",
          "a bean that is created after the post-processors of beans");
    }
    if (AopUtils.isJdkDynamicProxy(bean)) {
      if (!isOfInterface(method, type)) {
        throw notAdvised(
            method,
            "is not declared by an interface of the bean",
            "an interface, or spring.aop.proxy-target-class=true");
      }
    } else if (Modifier.isFinal(modifiers)) {
      throw notAdvised(method, "is final", "not final, so that the proxy can override it");
    }
  }

  private static boolean isOfInterface(Method method, Class<?> type) {
    for (Class<?> each : ClassUtils.getAllInterfacesForClass(type)) {
      if (ClassUtils.hasMethod(each, method.getName(), method.getParameterTypes())) {
        return true;
      }
    }
    return false;
  }

  private static RateLimitedUsageException notAdvised(
      Method method, String reason, String expected) {
    return new RateLimitedUsageException(
        method, "the method " + reason + " (expected: " + expected + ")");
  }

  private void resolve(Runnable check) {
    synchronized (this) {
      if (!started) {
        pending.add(check);
        return;
      }
    }
    check.run();
  }

  @Override
  public void afterSingletonsInstantiated() {
    List<Runnable> checks;
    synchronized (this) {
      started = true;
      checks = List.copyOf(pending);
      pending.clear();
    }
    checks.forEach(Runnable::run);
  }
}
